using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;

namespace NixDeploy.Execution.HostSteps;

/// <summary>The one connection that whoever works on a host has at a time, opened when it is wanted.</summary>
internal sealed class HostLink(HostSessions sessions, Host host)
{
    private IHostSession? session;

    /// <summary>The connection that the planning left, or a new one.</summary>
    public async Task<IHostSession> TakeAsync(CancellationToken cancellationToken) =>
        session = await sessions.RentAsync(host, cancellationToken).ConfigureAwait(false);

    /// <summary>The connection that is open, or a new one.</summary>
    public async Task<IHostSession> OpenAsync(CancellationToken cancellationToken) =>
        session ?? await FreshAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>A new connection, which also proves that the host lets us in now.</summary>
    public async Task<IHostSession> FreshAsync(CancellationToken cancellationToken)
    {
        await LeaveAsync().ConfigureAwait(false);
        return session = await sessions.OpenAsync(host, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks what may be asked twice: over the connection that is open or, when that has died meanwhile, once more over a new one.</summary>
    public async Task<T> AskAsync<T>(Func<IHostSession, Task<T>> ask, CancellationToken cancellationToken)
    {
        var isOld = session is not null;
        try
        {
            return await ask(await OpenAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (HostException e) when (isOld && !e.IsRefusal)
        {
            return await ask(await FreshAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>Gives a host's lock back.</summary>
    /// <returns>Why that was not possible; <see langword="null"/> when it was.</returns>
    public async Task<string?> ReleaseAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync<string?>(
                async open =>
                {
                    await open.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false);
                    return null;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e)
        {
            return e.Message;
        }
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
