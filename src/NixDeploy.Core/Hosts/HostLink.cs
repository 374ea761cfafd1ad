using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts;

/// <summary>The one connection that a host's work has at a time, opened when it is needed.</summary>
internal sealed class HostLink(HostSessions sessions, Host host)
{
    private IHostSession? session;

    /// <summary>The connection that planning left open, or a new one.</summary>
    public async Task<IHostSession> RentAsync(CancellationToken cancellationToken) =>
        session = await sessions.RentAsync(host, cancellationToken).ConfigureAwait(false);

    /// <summary>The connection that is open, or a new one.</summary>
    public async Task<IHostSession> OpenAsync(CancellationToken cancellationToken) =>
        session ?? await ReconnectAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>A new connection, which also proves that the host can be logged in to now.</summary>
    public async Task<IHostSession> ReconnectAsync(CancellationToken cancellationToken)
    {
        await CloseAsync().ConfigureAwait(false);
        return session = await sessions.OpenAsync(host, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks what may be asked twice, or copies: over the open connection and, each time that one is lost, over a new one.</summary>
    public Task<T> AskAsync<T>(Func<IHostSession, Task<T>> ask, CancellationToken cancellationToken)
    {
        var isOld = false;
        return sessions.Retry.RepeatAsync(host, AskOnceAsync, e => isOld && !e.IsRefusal, cancellationToken);

        async Task<T> AskOnceAsync(CancellationToken token)
        {
            isOld = session is not null;
            try
            {
                return await ask(await OpenAsync(token).ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch (HostException e) when (!e.IsRefusal)
            {
                await CloseAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Closes the connection.</summary>
    public async Task CloseAsync()
    {
        if (session is { } open)
        {
            session = null;
            await HostSessions.CloseAsync(open).ConfigureAwait(false);
        }
    }
}
