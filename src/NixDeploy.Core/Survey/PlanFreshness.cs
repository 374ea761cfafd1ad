using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Nix;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;

namespace NixDeploy.Survey;

/// <summary>Whether the fleet and its hosts still are what a plan was made for. Pure.</summary>
internal static class PlanFreshness
{
    private const int MostShown = 20;

    /// <summary>Refuses a plan that the fleet, with the plan's own selection, or its hosts have left behind, and says in what.</summary>
    /// <exception cref="UsageException"><c>ND0251</c>.</exception>
    public static void ThrowIfStale(DeploymentPlan plan, LoadedFleet fleet, IEnumerable<HostInspection> inspections)
    {
        var news = OfFleet(plan, fleet).Concat(OfHosts(plan, inspections)).ToList();
        if (news.Count > 0)
        {
            var more = news.Count > MostShown ? $"\n… and {news.Count - MostShown} more." : "";
            throw new UsageException("ND0251", $"The plan does not fit any more, plan again:\n{string.Join('\n', news.Take(MostShown))}{more}");
        }
    }

    private static IEnumerable<string> OfFleet(DeploymentPlan plan, LoadedFleet fleet)
    {
        if (Digest.Of(fleet.Fleet.Settings) != plan.Origin.Settings)
        {
            yield return "the fleet's settings (deployment-coordinator) have changed";
        }

        var planned = plan.Hosts.Select(h => h.Host).Concat(plan.Skipped.Select(s => s.Host)).Concat(plan.Blocked.Select(b => b.Host)).Concat(plan.Unreachable.Select(o => o.Host)).ToImmutableSortedSet();
        foreach (var host in fleet.Selected.Except(planned))
        {
            yield return $"{host} is new in the fleet, or selected now";
        }

        foreach (var host in planned.Except(fleet.Selected))
        {
            yield return $"{host} is not in the fleet any more, or not selected";
        }

        // What hosts are rolled back to has nothing to do with what the fleet has for them.
        var rollsBack = plan.Strategy == RollbackStrategy.OwnName;
        var described = plan.Hosts.Select(h => (h.Host, h.Digest, To: h.Generation is null ? h.To : null))
            .Concat(plan.Skipped.Select(s => (s.Host, s.Digest, To: rollsBack ? null : s.Boots ?? s.Running.System)));
        foreach (var (host, digest, to) in described.Where(d => fleet.Selected.Contains(d.Host)))
        {
            if (Digest.Of(fleet.Fleet.Hosts[host]) != digest)
            {
                yield return $"{host}: its settings in the fleet have changed";
            }

            if (fleet.Systems.GetValueOrDefault(host)?.Toplevel is var now && to is not null && now != to)
            {
                yield return now is null ? $"{host}: it does not evaluate any more" : $"{host}: the fleet has {now} for it, the plan {to}";
            }
        }
    }

    private static IEnumerable<string> OfHosts(DeploymentPlan plan, IEnumerable<HostInspection> inspections)
    {
        var expected = plan.Hosts.Select(h => (h.Host, h.From)).Concat(plan.Skipped.Select(s => (s.Host, From: s.Running))).ToDictionary(e => e.Host, e => e.From);
        foreach (var (host, state, problem) in inspections.Where(i => expected.ContainsKey(i.Host.Name)))
        {
            var from = expected[host.Name];
            if (state is null)
            {
                yield return $"{host.Name}: it cannot be asked: {problem}";
            }
            else if (state.CurrentSystem != from.System)
            {
                yield return $"{host.Name}: it runs {state.CurrentSystem?.Value ?? "no known system"}, and ran {from.System?.Value ?? "no known system"}";
            }
            else if (state.Generation != from.Generation)
            {
                yield return $"{host.Name}: its profile is at generation {state.Generation?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}, and was at {from.Generation?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}";
            }
        }
    }
}
