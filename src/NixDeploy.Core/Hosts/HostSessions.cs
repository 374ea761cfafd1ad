using System.Collections.Concurrent;
using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts;

/// <summary>Opens, keeps and counts the connections to hosts.</summary>
/// <param name="transportOf">The transport of a host.</param>
/// <param name="time">The clock; <see langword="null"/> is the machine's.</param>
internal sealed class HostSessions(Func<Host, ITransport> transportOf, TimeProvider? time = null) : IAsyncDisposable
{
    /// <summary>Each idle connection is a thread of the SSH library; beyond these it is cheaper to connect again.</summary>
    private const int MostIdle = 64;

    private readonly ConcurrentDictionary<HostName, IHostSession> idle = new();
    private readonly ConcurrentDictionary<HostName, ImmutableList<IHostSession>> opened = new();

    /// <summary>How what has changed nothing is tried again.</summary>
    public RetryPolicy Retry { get; } = new(time ?? TimeProvider.System);

    /// <summary>The store that closures for this host come from; <see langword="null"/> for the controller's own.</summary>
    public ILocalStore? StoreOf(Host host) => transportOf(host).Store;

    /// <summary>A connection that nobody has used since it was left idle, or a new one.</summary>
    public Task<IHostSession> RentAsync(Host host, CancellationToken cancellationToken) =>
        idle.TryRemove(host.Name, out var session) ? Task.FromResult(session) : OpenAsync(host, cancellationToken);

    /// <summary>A connection of its own: proof that the host lets us in now.</summary>
    public async Task<IHostSession> OpenAsync(Host host, CancellationToken cancellationToken)
    {
        var transport = transportOf(host);
        ImmutableArray<string> route = transport is ShellTransport shell ? await shell.RouteAsync(host, cancellationToken).ConfigureAwait(false) : [];
        using var slots = await ConnectSlots.TakeAsync(route, cancellationToken).ConfigureAwait(false);
        var session = await Retry.ConnectAsync(host, token => transport.ConnectAsync(host, token), cancellationToken).ConfigureAwait(false);
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

    /// <summary>Asks what may be asked twice, over another connection when one is lost; the last one is left for the next who needs it.</summary>
    /// <param name="host">The host.</param>
    /// <param name="fresh">Whether the host has to let us in now; otherwise an idle connection will do.</param>
    /// <param name="ask">Asks.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    public Task<T> AskAsync<T>(Host host, bool fresh, Func<IHostSession, Task<T>> ask, CancellationToken cancellationToken)
    {
        var isOld = false;
        return Retry.RepeatAsync(host, AskOnceAsync, e => isOld && !e.IsRefusal, cancellationToken);

        async Task<T> AskOnceAsync(CancellationToken token)
        {
            isOld = !fresh && idle.ContainsKey(host.Name);
            var session = await (fresh ? OpenAsync(host, token) : RentAsync(host, token)).ConfigureAwait(false);
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
    public (int Connections, int Commands, int Retries) TrafficOf(HostName host) =>
        opened.TryGetValue(host, out var sessions) ? (sessions.Count, sessions.Sum(s => s.Commands), Retry.CountOf(host)) : (0, 0, Retry.CountOf(host));

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(idle.Values.Select(CloseAsync)).ConfigureAwait(false);
        idle.Clear();
    }

    private async Task ReturnAsync(Host host, IHostSession session)
    {
        if (idle.Count >= MostIdle || !idle.TryAdd(host.Name, session))
        {
            await CloseAsync(session).ConfigureAwait(false);
        }
    }
}
