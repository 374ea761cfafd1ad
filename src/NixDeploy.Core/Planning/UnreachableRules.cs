using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>What becomes of hosts that cannot be reached: some are skipped, some deferred together with those that wait for them.</summary>
internal static class UnreachableRules
{
    /// <summary>Why a host is deferred that waits for a deferred one.</summary>
    public static Problem Behind(HostName because) => new("ND0626", $"It waits for {because}, which cannot be reached and is taken by the next run.");

    /// <summary>Defers the changed hosts that wait, directly or through others, for a deferred one: their order is kept.</summary>
    /// <returns>The changed hosts that remain, and all that cannot be reached or are deferred with those.</returns>
    public static (ImmutableArray<HostChange> Changed, ImmutableArray<UnreachableHost> Unreachable) Defer(PlanningInput input)
    {
        var off = input.Unreachable.Where(o => o.Deferred).ToDictionary(o => o.Host, o => o.Host);
        if (off.Count == 0)
        {
            return (input.Changed, input.Unreachable);
        }

        var changed = input.Changed.Select(c => c.Host.Name).ToHashSet();
        var behind = ImmutableArray.CreateBuilder<UnreachableHost>();
        foreach (var host in input.Graph.Order.Where(h => !off.ContainsKey(h)))
        {
            var cause = input.Graph.DependenciesOf(host).Where(off.ContainsKey).Select(d => (HostName?)off[d]).FirstOrDefault();
            if (cause is { } because)
            {
                off[host] = because;
                if (changed.Contains(host))
                {
                    behind.Add(new UnreachableHost(host, Behind(because), Deferred: true, because));
                }
            }
        }

        return ([.. input.Changed.Where(c => !off.ContainsKey(c.Host.Name))], [.. input.Unreachable.Concat(behind).OrderBy(o => o.Host)]);
    }
}
