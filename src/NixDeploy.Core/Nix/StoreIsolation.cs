using System.Collections.Concurrent;
using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Nix;

/// <summary>Asks a store for the systems of many hosts, and tells what fails of the hosts that cause it and of no others.</summary>
internal static class StoreIsolation
{
    /// <summary>As <see cref="ILocalStore.RealiseAsync"/>, and whatever it throws becomes the result of a host.</summary>
    public static Task RealiseEachAsync(
        this ILocalStore store,
        ImmutableDictionary<HostName, SystemBuild> systems,
        string? rootsFolder,
        Action<BuildResult> built,
        Action<HostName?, string> log,
        CancellationToken cancellationToken)
    {
        var told = new ConcurrentDictionary<HostName, bool>();
        return Halving.RunAsync([.. systems.Keys.Order()], RealiseAsync, (host, e) => Tell(new BuildResult(host, NixDeployException.ProblemOf(host, e))), cancellationToken);

        Task RealiseAsync(ImmutableArray<HostName> hosts) =>
            hosts.Where(h => !told.ContainsKey(h)).ToImmutableDictionary(h => h, h => systems[h]) is { IsEmpty: false } open
                ? store.RealiseAsync(open, rootsFolder, Tell, log, cancellationToken)
                : Task.CompletedTask;

        void Tell(BuildResult result)
        {
            if (told.TryAdd(result.Host, true))
            {
                built(result);
            }
        }
    }

    /// <summary>As <see cref="ILocalStore.DryRealiseAsync"/>, and whatever it throws becomes the problem of a host.</summary>
    public static async Task<ImmutableDictionary<HostName, Problem>> DryRealiseEachAsync(
        this ILocalStore store, ImmutableDictionary<HostName, SystemBuild> systems, CancellationToken cancellationToken)
    {
        var problems = new ConcurrentDictionary<HostName, Problem>();
        await Halving.RunAsync([.. systems.Keys.Order()], DryRealiseAsync, (host, e) => problems[host] = NixDeployException.ProblemOf(host, e), cancellationToken).ConfigureAwait(false);
        return problems.ToImmutableDictionary();

        async Task DryRealiseAsync(ImmutableArray<HostName> hosts)
        {
            foreach (var (host, problem) in await store.DryRealiseAsync(hosts.ToImmutableDictionary(h => h, h => systems[h]), cancellationToken).ConfigureAwait(false))
            {
                problems[host] = problem;
            }
        }
    }
}
