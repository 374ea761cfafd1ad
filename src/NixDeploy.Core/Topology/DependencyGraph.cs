using System.Collections.Immutable;
using System.Runtime.InteropServices;
using NixDeploy.Fleets;
using QuikGraph;

namespace NixDeploy.Topology;

/// <summary>Who waits for whom in a fleet: every name known, no cycles.</summary>
/// <remarks>Hosts are numbered in ordinal order inside, so that 100,000 of them cost arrays and not trees.</remarks>
internal sealed class DependencyGraph
{
    /// <summary>Up to so many waits are passed on directly; more go through a bridge.</summary>
    private const int MostHandedOn = 4;

    /// <summary>More of them nobody reads at once; and finding the nearest name looks at every host.</summary>
    private const int MostFaults = 20;

    private readonly HostName[] names;
    private readonly Dictionary<HostName, int> numbers;
    private readonly int[][] dependencies;
    private readonly int[] order;

    private DependencyGraph(HostName[] names, Dictionary<HostName, int> numbers, int[][] dependencies, int[] order) =>
        (this.names, this.numbers, this.dependencies, this.order) = (names, numbers, dependencies, order);

    /// <summary>Every host, dependencies before dependents.</summary>
    public IEnumerable<HostName> Order => order.Select(n => names[n]);

    /// <summary>Checks a fleet's dependencies and makes the graph.</summary>
    /// <exception cref="FleetException"><c>ND0120</c>: unknown names, self-dependencies and cycles, all of them, a line each.</exception>
    public static DependencyGraph Of(Fleet fleet)
    {
        HostName[] names = [.. fleet.Hosts.Keys];
        var numbers = names.Index().ToDictionary(n => n.Item, n => n.Index);
        var faults = NameFaults(fleet, numbers).ToList();
        int[][] dependencies = [.. fleet.Hosts.Values.Select(h => Numbers(h, numbers))];
        var order = Sort(dependencies);
        if (order.Length < names.Length)
        {
            faults.AddRange(Circles(names, dependencies, order).Select(c => $"dependency cycle: {string.Join(" → ", c)}"));
        }

        var more = faults.Count > MostFaults ? $"\n… and {faults.Count - MostFaults} more." : "";
        return faults.Count == 0
            ? new DependencyGraph(names, numbers, dependencies, order)
            : throw new FleetException("ND0120", $"{fleet.Origin}: {string.Join("\n", faults.Take(MostFaults))}{more}");
    }

    /// <summary>The hosts that this one names.</summary>
    public ImmutableArray<HostName> DependenciesOf(HostName host) => [.. dependencies[numbers[host]].Select(n => names[n])];

    /// <summary>For each of the given hosts, what it waits for among them: its dependencies, and what stands behind those that are not given.</summary>
    public Waits Among(IEnumerable<HostName> hosts)
    {
        var given = new bool[names.Length];
        foreach (var host in hosts)
        {
            given[numbers[host]] = true;
        }

        var after = new int[names.Length][];
        foreach (var n in order)
        {
            after[n] = Array.TrueForAll(dependencies[n], d => given[d])
                ? dependencies[n]
                : [.. dependencies[n].SelectMany(d => given[d] ? [d] : after[d].Length <= MostHandedOn ? after[d] : [d]).Distinct().Order()];
        }

        // Only bridges that somebody stands behind.
        var needed = new bool[names.Length];
        for (var i = order.Length - 1; i >= 0; i--)
        {
            if (given[order[i]] || needed[order[i]])
            {
                foreach (var wait in after[order[i]])
                {
                    needed[wait] |= !given[wait];
                }
            }
        }

        var kept = Array.FindAll(order, n => given[n] || needed[n]);
        var places = new int[names.Length];
        Array.Fill(places, -1);
        for (var place = 0; place < kept.Length; place++)
        {
            places[kept[place]] = place;
        }

        return new Waits(
            host => numbers.TryGetValue(host, out var n) ? places[n] : -1,
            [.. kept.Select(n => names[n])],
            Array.ConvertAll(kept, n => ImmutableCollectionsMarshal.AsImmutableArray(Array.ConvertAll(after[n], w => names[w]))),
            Array.ConvertAll(kept, n => Array.ConvertAll(after[n], w => places[w])),
            Array.ConvertAll(kept, n => needed[n]));
    }

    /// <summary>The numbers of the hosts that a host names, each once and in order, without invalid ones.</summary>
    private static int[] Numbers(Host host, Dictionary<HostName, int> numbers) =>
        host.Dependencies.IsEmpty ? [] : [.. host.Dependencies.Where(d => d != host.Name && numbers.ContainsKey(d)).Select(d => numbers[d]).Distinct().Order()];

    /// <summary>Those that can be sorted, level by level; the others are in circles or behind them.</summary>
    private static int[] Sort(int[][] dependencies)
    {
        var dependents = Edges.Backwards(dependencies);
        var open = dependencies.Select(d => d.Length).ToArray();
        var sorted = new List<int>(open.Length);
        sorted.AddRange(Enumerable.Range(0, open.Length).Where(i => open[i] == 0));
        for (var next = 0; next < sorted.Count; next++)
        {
            foreach (var dependent in dependents[sorted[next]])
            {
                if (--open[dependent] == 0)
                {
                    sorted.Add(dependent);
                }
            }
        }

        return [.. sorted];
    }

    private static IReadOnlyList<ImmutableArray<HostName>> Circles(HostName[] names, int[][] dependencies, int[] sorted)
    {
        var left = Enumerable.Range(0, names.Length).Except(sorted).ToHashSet();
        var graph = new AdjacencyGraph<HostName, SEdge<HostName>>(allowParallelEdges: false);
        graph.AddVertexRange(left.Select(n => names[n]));
        graph.AddEdgeRange(left.SelectMany(n => dependencies[n].Where(left.Contains).Select(d => new SEdge<HostName>(names[d], names[n]))));
        return Cycles.Find(graph);
    }

    private static IEnumerable<string> NameFaults(Fleet fleet, Dictionary<HostName, int> numbers)
    {
        var unknown = 0;
        foreach (var host in fleet.Hosts.Values)
        {
            foreach (var dependency in host.Dependencies)
            {
                if (dependency == host.Name)
                {
                    yield return $"hosts.{host.Name}.dependencies: {host.Name} depends on itself";
                }
                else if (!numbers.ContainsKey(dependency))
                {
                    yield return $"hosts.{host.Name}.dependencies: there is no host {Text.Quote(dependency.Value)} in this fleet"
                        + (unknown++ < MostFaults ? Text.DidYouMean(dependency.Value, fleet.Hosts.Keys.Select(k => k.Value)) : "");
                }
            }
        }
    }
}
