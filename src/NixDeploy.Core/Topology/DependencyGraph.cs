using System.Collections.Immutable;
using NixDeploy.Fleets;
using QuikGraph;
using QuikGraph.Algorithms;

namespace NixDeploy.Topology;

/// <summary>Who waits for whom in a fleet: every name known, no cycles.</summary>
public sealed class DependencyGraph
{
    /// <summary>Finding the nearest name looks at every host, so that is not done for each of a hundred thousand slips.</summary>
    private const int MostFaults = 20;

    private readonly ImmutableDictionary<HostName, ImmutableArray<HostName>> dependencies;
    private readonly ImmutableDictionary<HostName, ImmutableArray<HostName>> dependents;
    private readonly ImmutableArray<HostName> order;

    private DependencyGraph(
        ImmutableDictionary<HostName, ImmutableArray<HostName>> dependencies,
        ImmutableDictionary<HostName, ImmutableArray<HostName>> dependents,
        ImmutableArray<HostName> order)
    {
        this.dependencies = dependencies;
        this.dependents = dependents;
        this.order = order;
    }

    /// <summary>Every host, dependencies before dependents.</summary>
    public IReadOnlyList<HostName> Order => order;

    /// <summary>Checks a fleet's dependencies and makes the graph.</summary>
    /// <exception cref="FleetException"><c>ND0120</c>: unknown names, self-dependencies and cycles, all of them, a line each.</exception>
    public static DependencyGraph Of(Fleet fleet)
    {
        var faults = NameFaults(fleet).Take(MostFaults + 1).ToList();
        if (faults.Count > 0)
        {
            throw Refuse(fleet, faults.Count > MostFaults ? [.. faults[..MostFaults], "… and more"] : faults);
        }

        var graph = new AdjacencyGraph<HostName, SEdge<HostName>>(allowParallelEdges: false);
        graph.AddVertexRange(fleet.Hosts.Keys);
        var dependencies = ImmutableDictionary.CreateBuilder<HostName, ImmutableArray<HostName>>();
        foreach (var host in fleet.Hosts.Values)
        {
            ImmutableArray<HostName> distinct = [.. host.Dependencies.Distinct().Order()];
            dependencies.Add(host.Name, distinct);
            graph.AddEdgeRange(distinct.Select(d => new SEdge<HostName>(d, host.Name)));
        }

        var cycles = Cycles.Find(graph);
        if (cycles.Count > 0)
        {
            throw Refuse(fleet, cycles.Select(c => $"the dependencies go in a circle: {string.Join(" → ", c)}"));
        }

        return new DependencyGraph(
            dependencies.ToImmutable(),
            graph.Vertices.ToImmutableDictionary(v => v, v => graph.OutEdges(v).Select(e => e.Target).Order().ToImmutableArray()),
            [.. graph.TopologicalSort()]);
    }

    /// <summary>The hosts that this one names.</summary>
    public ImmutableArray<HostName> DependenciesOf(HostName host) => dependencies[host];

    /// <summary>The hosts that name this one.</summary>
    public ImmutableArray<HostName> DependentsOf(HostName host) => dependents[host];

    /// <summary>
    /// For each of the given hosts, those of them it waits for: its dependencies, and through dependencies that are not given,
    /// the given ones behind them. Ordinal order.
    /// </summary>
    public ImmutableDictionary<HostName, ImmutableArray<HostName>> Among(IReadOnlySet<HostName> hosts)
    {
        // For a host that is not among them, what stands behind it is what its dependents inherit.
        var nearest = new Dictionary<HostName, ImmutableSortedSet<HostName>>();
        var result = ImmutableDictionary.CreateBuilder<HostName, ImmutableArray<HostName>>();
        foreach (var host in order)
        {
            var waits = dependencies[host]
                .SelectMany(d => hosts.Contains(d) ? [d] : nearest.GetValueOrDefault(d, []))
                .ToImmutableSortedSet();
            if (hosts.Contains(host))
            {
                result.Add(host, [.. waits]);
            }
            else
            {
                nearest.Add(host, waits);
            }
        }

        return result.ToImmutable();
    }

    private static IEnumerable<string> NameFaults(Fleet fleet)
    {
        foreach (var host in fleet.Hosts.Values)
        {
            foreach (var dependency in host.Dependencies)
            {
                if (dependency == host.Name)
                {
                    yield return $"hosts.{host.Name}.dependencies: {host.Name} depends on itself";
                }
                else if (!fleet.Hosts.ContainsKey(dependency))
                {
                    yield return $"hosts.{host.Name}.dependencies: there is no host {Text.Quote(dependency.Value)} in this fleet"
                        + Text.DidYouMean(dependency.Value, fleet.Hosts.Keys.Select(k => k.Value));
                }
            }
        }
    }

    private static FleetException Refuse(Fleet fleet, IEnumerable<string> faults) =>
        new("ND0120", $"{fleet.Origin}: {string.Join("\n", faults)}");
}
