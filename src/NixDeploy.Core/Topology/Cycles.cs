using System.Collections.Immutable;
using NixDeploy.Fleets;
using QuikGraph;
using QuikGraph.Algorithms;

namespace NixDeploy.Topology;

/// <summary>Finds circles of dependencies and prints them whole.</summary>
internal static class Cycles
{
    /// <summary>One shortest circle for each knot of hosts that reach each other; its first host stands at the end again.</summary>
    /// <param name="graph">Edges go from a dependency to its dependent.</param>
    public static IReadOnlyList<ImmutableArray<HostName>> Find(AdjacencyGraph<HostName, SEdge<HostName>> graph)
    {
        var components = new Dictionary<HostName, int>();
        graph.StronglyConnectedComponents(components);
        return [.. components
            .GroupBy(c => c.Value, c => c.Key)
            .Where(knot => knot.Count() > 1)
            .Select(knot => ShortestThrough(knot.Min(), [.. knot], graph))
            .OrderBy(circle => circle[0])];
    }

    /// <summary>Walks breadth first from a host along "is needed by" back to itself, and reads the way as "depends on".</summary>
    private static ImmutableArray<HostName> ShortestThrough(HostName start, HashSet<HostName> knot, AdjacencyGraph<HostName, SEdge<HostName>> graph)
    {
        var cameFrom = new Dictionary<HostName, HostName>();
        var queue = new Queue<HostName>([start]);
        while (queue.TryDequeue(out var host))
        {
            foreach (var next in graph.OutEdges(host).Select(e => e.Target).Where(knot.Contains))
            {
                if (cameFrom.TryAdd(next, host) && next != start)
                {
                    queue.Enqueue(next);
                }
            }
        }

        var circle = ImmutableArray.CreateBuilder<HostName>();
        var at = start;
        do
        {
            circle.Add(at);
            at = cameFrom[at];
        }
        while (at != start);

        circle.Add(start);
        return circle.ToImmutable();
    }
}
