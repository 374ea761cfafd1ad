using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>The connection that a watch looks through: a fresh one takes its place when something was wrong with it.</summary>
/// <param name="connect">Makes a connection, and closes the one that it made before.</param>
internal sealed class WatchedConnection(Func<CancellationToken, Task<IHostSession>> connect)
{
    private IHostSession? session;
    private HostException? refused;

    /// <summary>A new round begins, and a host that could not be reached in the last one is tried again.</summary>
    public void BeginRound() => refused = null;

    /// <summary>The connection; one that cannot be made is not tried again in the same round.</summary>
    /// <exception cref="HostException">The host cannot be reached.</exception>
    public async Task<IHostSession> TakeAsync(CancellationToken cancellationToken)
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

    /// <summary>What was asked over it could not be measured: it may be the connection.</summary>
    public void Doubt() => session = null;
}
