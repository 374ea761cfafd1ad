using System.Collections.Immutable;

namespace NixDeploy.Topology;

/// <summary>What a deployment does with a host, for pictures.</summary>
internal enum GraphState
{
    /// <summary>It changes.</summary>
    Changed,

    /// <summary>It needs nothing.</summary>
    Skipped,

    /// <summary>It cannot be deployed.</summary>
    Blocked,

    /// <summary>It was not meant, and others wait through it.</summary>
    Outside,
}

/// <summary>A host in a picture.</summary>
/// <param name="Name">Its name; any text.</param>
/// <param name="Role">What it is for; any text, <see langword="null"/> when unknown.</param>
/// <param name="State">What happens to it.</param>
internal sealed record GraphNode(string Name, string? Role, GraphState State);

/// <summary>One host goes before another.</summary>
/// <param name="Dependency">The name of the one that goes first.</param>
/// <param name="Dependent">The name of the one that waits.</param>
internal readonly record struct GraphEdge(string Dependency, string Dependent);

/// <summary>Who waits for whom, as it is drawn.</summary>
internal sealed record GraphPicture
{
    /// <summary>Makes a picture: nodes and edges in ordinal order and each once, without edges to unknown names.</summary>
    /// <param name="nodes">The hosts; of those with the same name the first counts.</param>
    /// <param name="edges">Who goes before whom.</param>
    public GraphPicture(IEnumerable<GraphNode> nodes, IEnumerable<GraphEdge> edges)
    {
        Nodes = [.. nodes.DistinctBy(n => n.Name, StringComparer.Ordinal).OrderBy(n => n.Name, StringComparer.Ordinal)];
        Numbers = Nodes.Index().ToDictionary(n => n.Item.Name, n => n.Index, StringComparer.Ordinal);
        Edges =
        [
            .. edges.Distinct().Where(e => Numbers.ContainsKey(e.Dependency) && Numbers.ContainsKey(e.Dependent))
                .OrderBy(e => Numbers[e.Dependency]).ThenBy(e => Numbers[e.Dependent]),
        ];
    }

    /// <summary>The hosts, in ordinal order of their names.</summary>
    public ImmutableArray<GraphNode> Nodes { get; }

    /// <summary>Who goes before whom, in ordinal order.</summary>
    public ImmutableArray<GraphEdge> Edges { get; }

    /// <summary>Each node's place.</summary>
    internal IReadOnlyDictionary<string, int> Numbers { get; }
}
