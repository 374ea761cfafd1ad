using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Topology;

namespace NixDeploy.Reporting.Plans;

/// <summary>The hosts of a plan and who waits for whom, as a picture.</summary>
internal static class PlanGraph
{
    /// <summary>With more hosts than this a picture within a page shows nothing.</summary>
    private const int MostInPage = 100;

    /// <summary>The picture: every host of the plan, and the bridges between them.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="roles">What the hosts are for, where known.</param>
    public static GraphPicture Of(DeploymentPlan plan, IReadOnlyDictionary<HostName, string?>? roles)
    {
        var hosts = plan.Hosts.OrEmpty().Select(h => (h.Host, State: GraphState.Changed))
            .Concat(plan.Skipped.OrEmpty().Select(s => (s.Host, State: GraphState.Skipped)))
            .Concat(plan.Unreachable.OrEmpty().Select(o => (o.Host, State: GraphState.Skipped)))
            .Concat(plan.Blocked.OrEmpty().Select(b => (b.Host, State: GraphState.Blocked)))
            .Concat(plan.Bridges.OrEmpty().Select(b => (b.Host, State: GraphState.Outside)))
            .ToList();
        var edges = Dependencies(plan).ToList();
        return new GraphPicture(hosts.Select(h => new GraphNode(h.Host.Value, roles?.GetValueOrDefault(h.Host), h.State)), edges.Count > 0 ? edges : Waits(plan));
    }

    /// <summary>As a block in a Markdown page; nothing for one host, or for more than anybody could tell apart.</summary>
    public static IEnumerable<string> Block(GraphPicture picture) => picture.Nodes.Length is < 2 or > MostInPage ? [] :
    [
        "```mermaid",
        .. GraphText.Mermaid(picture).TrimEnd('\n').Split('\n'),
        "```",
    ];

    private static IEnumerable<GraphEdge> Dependencies(DeploymentPlan plan) =>
    [
        .. plan.Hosts.OrEmpty().SelectMany(h => h.Described.Dependencies.OrEmpty().Select(d => Edge(d, h.Host))),
        .. plan.Others.OrEmpty().SelectMany(o => o.Dependencies.OrEmpty().Select(d => Edge(d, o.Host))),
    ];

    /// <summary>A plan of an earlier version does not hold the fleet's dependencies.</summary>
    private static IEnumerable<GraphEdge> Waits(DeploymentPlan plan) =>
    [
        .. plan.Hosts.OrEmpty().SelectMany(h => h.After.OrEmpty().Select(a => Edge(a, h.Host))),
        .. plan.Bridges.OrEmpty().SelectMany(b => b.After.OrEmpty().Select(a => Edge(a, b.Host))),
        .. plan.Skipped.OrEmpty().SelectMany(s => s.DependsOn.OrEmpty().Select(d => Edge(d, s.Host))),
        .. plan.Blocked.OrEmpty().SelectMany(b => b.Because is { } other ? [Edge(other, b.Host)] : (GraphEdge[])[]),
    ];

    private static GraphEdge Edge(HostName dependency, HostName dependent) => new(dependency.Value, dependent.Value);
}
