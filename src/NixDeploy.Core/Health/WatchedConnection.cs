using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>The connection of a watch; it is replaced after a failure.</summary>
/// <param name="connect">Makes a connection, and closes the one that it made before.</param>
internal sealed class WatchedConnection(Func<CancellationToken, Task<IHostSession>> connect)
{
    private IHostSession? session;
    private HostException? refused;

    /// <summary>Starts a round, in which an unreachable host is tried again.</summary>
    public void StartRound() => refused = null;

    /// <summary>The connection; after a failure it is not tried again in the same round.</summary>
    /// <exception cref="HostException">The host cannot be reached.</exception>
    public async Task<IHostSession> GetAsync(CancellationToken cancellationToken)
    {
        if (refused is { } before)
        {
            throw new HostException(before.Code, before.Message, before);
        }

        try
        {
            return session ??= await connect(cancellationToken);
        }
        catch (HostException e)
        {
            refused = e;
            throw;
        }
    }

    /// <summary>Drops the connection, because a measurement over it failed.</summary>
    public void Discard() => session = null;
}
