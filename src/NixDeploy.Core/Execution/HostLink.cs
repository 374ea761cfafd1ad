using NixDeploy.Fleets;
using NixDeploy.Hosts;

namespace NixDeploy.Execution;

/// <summary>The one connection that whoever works on a host has at a time, opened when it is wanted.</summary>
internal sealed class HostLink(HostSessions sessions, Host host)
{
    private IHostSession? session;

    /// <summary>The connection that the planning left, or a new one.</summary>
    public async Task<IHostSession> TakeAsync(CancellationToken cancellationToken) =>
        session = await sessions.TakeAsync(host, cancellationToken).ConfigureAwait(false);

    /// <summary>The connection that is open, or a new one.</summary>
    public async Task<IHostSession> OpenAsync(CancellationToken cancellationToken) =>
        session ?? await FreshAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>A new connection, which also proves that the host lets us in now.</summary>
    public async Task<IHostSession> FreshAsync(CancellationToken cancellationToken)
    {
        await LeaveAsync().ConfigureAwait(false);
        return session = await sessions.OpenAsync(host, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the connection.</summary>
    public async Task LeaveAsync()
    {
        if (session is { } open)
        {
            session = null;
            await open.DisposeAsync().ConfigureAwait(false);
        }
    }
}
