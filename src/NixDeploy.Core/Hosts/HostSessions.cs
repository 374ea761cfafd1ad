using System.Collections.Concurrent;
using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts;

/// <summary>Opens, keeps and counts the connections to hosts.</summary>
internal sealed class HostSessions : IAsyncDisposable
{
    /// <summary>Each idle connection is a thread of the SSH library; beyond these it is cheaper to connect again.</summary>
    private const int MostIdle = 64;

    private readonly Func<Host, ITransport> transportOf;
    private readonly ConcurrentDictionary<HostName, IHostSession> idle = new();
    private readonly ConcurrentDictionary<HostName, ImmutableList<IHostSession>> opened = new();

    public HostSessions(Func<Host, ITransport> transportOf) => this.transportOf = transportOf;

    /// <summary>The store that closures for this host come from; <see langword="null"/> for the controller's own.</summary>
    public ILocalStore? StoreOf(Host host) => transportOf(host).Store;

    /// <summary>A connection that nobody has used since it was left idle, or a new one.</summary>
    public Task<IHostSession> RentAsync(Host host, CancellationToken cancellationToken) =>
        idle.TryRemove(host.Name, out var session) ? Task.FromResult(session) : OpenAsync(host, cancellationToken);

    /// <summary>A connection of its own: proof that the host lets us in now.</summary>
    public async Task<IHostSession> OpenAsync(Host host, CancellationToken cancellationToken)
    {
        var session = await transportOf(host).ConnectAsync(host, cancellationToken).ConfigureAwait(false);
        opened.AddOrUpdate(host.Name, [session], (_, list) => list.Add(session));
        return session;
    }

    /// <summary>Does something over a connection of its own, which is closed afterwards.</summary>
    public async Task<T> UseAsync<T>(Host host, Func<IHostSession, Task<T>> use, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(host, cancellationToken).ConfigureAwait(false);
        try
        {
            return await use(session).ConfigureAwait(false);
        }
        finally
        {
            await CloseAsync(session).ConfigureAwait(false);
        }
    }

    /// <summary>Asks over a connection that was left idle, or a new one, and leaves it for the next one who needs it.</summary>
    public async Task<T> AskAsync<T>(Host host, Func<IHostSession, Task<T>> ask, CancellationToken cancellationToken)
    {
        var session = await RentAsync(host, cancellationToken).ConfigureAwait(false);
        try
        {
            var answer = await ask(session).ConfigureAwait(false);
            await ReturnAsync(host, session).ConfigureAwait(false);
            return answer;
        }
        catch
        {
            await CloseAsync(session).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Leaves a connection for the next one who needs it.</summary>
    public async Task ReturnAsync(Host host, IHostSession session)
    {
        if (idle.Count >= MostIdle || !idle.TryAdd(host.Name, session))
        {
            await CloseAsync(session).ConfigureAwait(false);
        }
    }

    /// <summary>Closes a connection. One that cannot be closed properly is of no more use either way, and no reason to fail what was done over it.</summary>
    public static async Task CloseAsync(IHostSession session)
    {
        try
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
        }
    }

    /// <summary>What a host has cost so far.</summary>
    public (int Connections, int Commands) TrafficOf(HostName host) =>
        opened.TryGetValue(host, out var sessions) ? (sessions.Count, sessions.Sum(s => s.Commands)) : (0, 0);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(idle.Values.Select(CloseAsync)).ConfigureAwait(false);
        idle.Clear();
    }
}
