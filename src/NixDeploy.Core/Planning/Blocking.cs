using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>Finds the hosts that cannot be deployed and, behind them, the changed hosts that wait for them.</summary>
internal static class Blocking
{
    /// <summary>The blocked hosts by name.</summary>
    /// <param name="input">What is known.</param>
    /// <param name="candidates">The changed hosts that can be reached.</param>
    public static ImmutableSortedDictionary<HostName, BlockedHost> Of(PlanningInput input, ImmutableArray<HostChange> candidates)
    {
        if (input.Unplannable.IsEmpty)
        {
            return ImmutableSortedDictionary<HostName, BlockedHost>.Empty;
        }

        var blocked = input.Unplannable.ToImmutableSortedDictionary(u => u.Key, u => new BlockedHost(u.Key, u.Value, null)).ToBuilder();
        var changed = candidates.Select(c => c.Host.Name).ToHashSet();

        // For a host that has not changed, the one that blocks what stands behind it.
        var handedOn = new Dictionary<HostName, HostName>();
        foreach (var host in input.Graph.Order)
        {
            foreach (var dependency in input.Graph.DependenciesOf(host))
            {
                var because = blocked.ContainsKey(dependency) ? dependency : handedOn.GetValueOrDefault(dependency);
                if (because.Value.Length == 0 || blocked.ContainsKey(host))
                {
                    continue;
                }

                if (changed.Contains(host))
                {
                    blocked[host] = new BlockedHost(host, new Problem("ND0601", $"It waits for {because}, which cannot be deployed."), because);
                }
                else
                {
                    handedOn.TryAdd(host, because);
                }
            }
        }

        return blocked.ToImmutable();
    }

    /// <summary>The blocked hosts and, because of one of them, everybody else.</summary>
    public static ImmutableSortedDictionary<HostName, BlockedHost> Everybody(
        ImmutableSortedDictionary<HostName, BlockedHost> blocked, IEnumerable<HostName> others, HostName because, ImmutableSortedSet<HostName> unbuildable)
    {
        var problem = new Problem("ND0601", $"It is not deployed without {because}, which {(unbuildable.Contains(because) ? "does not evaluate or build" : "cannot be deployed")}.");
        return blocked.SetItems(others.Select(h => KeyValuePair.Create(h, new BlockedHost(h, problem, because))));
    }
}
