using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Reporting.Model;

/// <summary>Where hosts stand in a plan: the stage that commits them, and how many hosts of that stage come one after the other before them.</summary>
internal sealed class PhaseLevels
{
    /// <summary>A bridge stands for a few of the hosts behind it: naming all of them for each host would be too slow in a large fleet.</summary>
    private const int MostBehindBridge = 4;

    private static readonly (int Stage, int Level) Nowhere = (-1, -1);

    private readonly Dictionary<HostName, (int Stage, int Level)> places = [];
    private readonly Dictionary<HostName, ImmutableArray<HostName>> bridges = [];

    private PhaseLevels()
    {
    }

    /// <summary>Finds every host's place, in time that grows with hosts and dependencies.</summary>
    public static PhaseLevels Of(DeploymentPlan plan)
    {
        var stages = new Dictionary<HostName, int>();
        foreach (var (index, stage) in plan.Stages.OrEmpty().Index().Where(s => s.Item.To == Milestone.Committed))
        {
            foreach (var host in stage.Hosts.OrEmpty())
            {
                stages[host] = index;
            }
        }

        var waits = plan.Hosts.OrEmpty().Select(h => (h.Host, After: h.After.OrEmpty()))
            .Concat(plan.Bridges.OrEmpty().Select(b => (b.Host, After: b.After.OrEmpty())))
            .DistinctBy(n => n.Host).ToDictionary(n => n.Host, n => n.After);
        var levels = new PhaseLevels();
        foreach (var host in Order(waits))
        {
            levels.Place(host, waits[host], stages);
        }

        // A valid plan has no cycles. A plan file with one is still shown: its hosts come last.
        var ends = levels.places.Values.GroupBy(p => p.Stage).ToDictionary(g => g.Key, g => g.Max(p => p.Level));
        foreach (var host in plan.Hosts.OrEmpty().Where(h => !levels.places.ContainsKey(h.Host)))
        {
            var stage = stages.GetValueOrDefault(host.Host, -1);
            levels.places[host.Host] = (stage, ends.GetValueOrDefault(stage, -1) + 1);
        }

        return levels;
    }

    /// <summary>The host's place; before everything for one that is not in the plan.</summary>
    public (int Stage, int Level) Of(HostName host) => places.GetValueOrDefault(host, Nowhere);

    /// <summary>The first level at which all of these are done.</summary>
    public int After(ImmutableArray<HostName> hosts) => hosts.Select(h => Of(h).Level + 1).DefaultIfEmpty(0).Max();

    /// <summary>The changed hosts that it waits for.</summary>
    public IEnumerable<HostName> Before(HostPlan host) => host.After.OrEmpty().SelectMany(Shown);

    private IEnumerable<HostName> Shown(HostName host) => bridges.TryGetValue(host, out var behind) ? behind : [host];

    private void Place(HostName host, ImmutableArray<HostName> after, Dictionary<HostName, int> stages)
    {
        var latest = after.Select(Of).DefaultIfEmpty(Nowhere).Max();
        if (stages.TryGetValue(host, out var stage))
        {
            // What an earlier stage has committed is there already.
            places[host] = (stage, latest.Stage == stage ? latest.Level + 1 : 0);
            return;
        }

        places[host] = latest;
        bridges[host] = [.. after.SelectMany(Shown).Distinct().OrderByDescending(Of).ThenBy(h => h).Take(MostBehindBridge)];
    }

    /// <summary>Every host after those it waits for; hosts of a cycle are omitted.</summary>
    private static IEnumerable<HostName> Order(Dictionary<HostName, ImmutableArray<HostName>> waits)
    {
        var missing = new Dictionary<HostName, int>(waits.Count);
        var dependents = new Dictionary<HostName, List<HostName>>();
        foreach (var (host, after) in waits)
        {
            var known = after.Where(waits.ContainsKey).Distinct().ToList();
            missing[host] = known.Count;
            foreach (var dependency in known)
            {
                (dependents.TryGetValue(dependency, out var list) ? list : dependents[dependency] = []).Add(host);
            }
        }

        var ready = new Queue<HostName>(waits.Keys.Where(h => missing[h] == 0));
        while (ready.TryDequeue(out var host))
        {
            yield return host;
            foreach (var dependent in dependents.GetValueOrDefault(host, []).Where(d => --missing[d] == 0))
            {
                ready.Enqueue(dependent);
            }
        }
    }
}
