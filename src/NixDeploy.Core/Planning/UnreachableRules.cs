using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>What becomes of hosts that cannot be reached: some are left out, some put off together with those that wait for them.</summary>
internal static class UnreachableRules
{
    /// <summary>Why a host is put off that waits for one that is.</summary>
    public static Problem Behind(HostName because) => new("ND0626", $"It waits for {because}, which cannot be reached and is taken by the next run.");

    /// <summary>Puts the changed hosts off that wait, directly or through others, for one that is put off: their order is kept.</summary>
    public static PlanningInput Defer(PlanningInput input)
    {
        var off = input.Unreachable.Where(o => o.Deferred).ToDictionary(o => o.Host, o => o.Host);
        if (off.Count == 0)
        {
            return input;
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

        return input with
        {
            Changed = [.. input.Changed.Where(c => !off.ContainsKey(c.Host.Name))],
            Unreachable = [.. input.Unreachable.Concat(behind).OrderBy(o => o.Host)],
        };
    }
}
