using System.Collections.Concurrent;
using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;

namespace NixDeploy.Survey;

/// <summary>Finds out what changes on many hosts at once: one command each, over the connection that the first look left behind.</summary>
internal sealed class ChangeInspector : IDisposable
{
    /// <summary>As many as are looked at at once.</summary>
    private const int AtOnce = 32;

    private readonly HostSessions sessions;
    private readonly Func<Host, ILocalStore> storeOf;
    private readonly ConcurrentDictionary<(ILocalStore Store, StorePath System), Lazy<Task<SystemContents?>>> known = new();
    private readonly SemaphoreSlim reading = new(Environment.ProcessorCount);

    private ChangeInspector(HostSessions sessions, Func<Host, ILocalStore> storeOf)
    {
        this.sessions = sessions;
        this.storeOf = storeOf;
    }

    /// <summary>Compares what each host runs with what it is to run; the targets should have been built before.</summary>
    public static async Task<ImmutableDictionary<HostName, HostChanges>> CompareAsync(
        HostSessions sessions, IReadOnlyCollection<ComparedHost> hosts, Func<Host, ILocalStore> storeOf, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<HostName, HostChanges>();
        using var inspector = new ChangeInspector(sessions, storeOf);
        await Parallel.ForEachAsync(
            hosts, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (host, token) => found[host.Host.Name] = await inspector.CompareAsync(host, token).ConfigureAwait(false)).ConfigureAwait(false);
        return found.ToImmutableDictionary();
    }

    public void Dispose() => reading.Dispose();

    private async Task<HostChanges> CompareAsync(ComparedHost compared, CancellationToken cancellationToken)
    {
        try
        {
            var store = storeOf(compared.Host);
            var running = compared.State.CurrentSystem;
            if (await ReadAsync(store, compared.Target.Toplevel, cancellationToken).ConfigureAwait(false) is not { } after || running is null)
            {
                return HostChanges.NotComparable;
            }

            var bare = HostChanges.NotComparable with
            {
                Specialisations = after.Specialisations,
                Unchanged = compared.State.ProfileSystem == after.System && (running == after.System || after.Specialisations.ContainsValue(running)),
            };
            return bare.Unchanged ? bare : bare with { Changes = await CompareAsync(compared.Host, store, running, after, cancellationToken).ConfigureAwait(false) };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return new HostChanges(null, NixDeployException.ProblemOf(compared.Host.Name, e));
        }
    }

    private async Task<SystemChanges?> CompareAsync(Host host, ILocalStore store, StorePath running, SystemContents after, CancellationToken cancellationToken)
    {
        if (running == after.System)
        {
            return SystemComparison.Compare(after, after, []);
        }

        var before = await ReadAsync(store, running, cancellationToken).ConfigureAwait(false);
        var request = new ContentsRequest(after.System, [.. after.Closure.Keys]) { Describe = before is null ? running : null };
        var answer = await sessions.AskAsync(host, fresh: false, session => session.ContentsAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
        if ((before ?? answer.Contents) is not { } known)
        {
            return null;
        }

        var changes = SystemComparison.Compare(known, after, answer.Missing);
        return changes with { DryActivation = answer.DryActivation?.Within(changes) };
    }

    /// <summary>A system in a store, read once however many hosts share it.</summary>
    private Task<SystemContents?> ReadAsync(ILocalStore store, StorePath system, CancellationToken cancellationToken) =>
        known.GetOrAdd((store, system), key => new Lazy<Task<SystemContents?>>(async () =>
        {
            await reading.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await key.Store.ContentsAsync(key.System, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                reading.Release();
            }
        })).Value;
}
