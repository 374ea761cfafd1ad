using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>Who waits for whom: hosts, and bridges that hand on what they stand between.</summary>
internal sealed class ExecutionGraph
{
    private readonly Dictionary<HostName, GraphNode> nodes;

    /// <summary>The links of a plan.</summary>
    public ExecutionGraph(DeploymentPlan plan)
    {
        nodes = plan.Hosts.Select(h => new GraphNode(h)).Concat(plan.Bridges.Select(b => new GraphNode(b))).ToDictionary(n => n.Name);
        foreach (var node in nodes.Values)
        {
            foreach (var dependency in node.After)
            {
                nodes[dependency].Dependents.Add(node);
            }
        }
    }

    /// <summary>Hosts and bridges.</summary>
    public IReadOnlyCollection<GraphNode> All => nodes.Values;

    /// <summary>The hosts, without bridges.</summary>
    public IEnumerable<GraphNode> Hosts => nodes.Values.Where(n => !n.IsBridge);

    /// <summary>The host or bridge of that name.</summary>
    public GraphNode this[HostName name] => nodes[name];

    /// <summary>What a host or bridge waits for.</summary>
    public GraphNode[] DependenciesOf(GraphNode node) => [.. node.After.Select(a => nodes[a])];

    /// <summary>Counts who waits for how many until a milestone; later stages with the same one go on counting.</summary>
    public void CountWaiting(Milestone to)
    {
        foreach (var bridge in nodes.Values.Where(n => n.IsBridge && !n.Ended))
        {
            bridge.Reached = null;
        }

        foreach (var node in nodes.Values)
        {
            node.Waiting = node.After.Count(d => !(nodes[d].Reached >= to) && !nodes[d].Skipped);
        }

        foreach (var bridge in nodes.Values.Where(n => n is { IsBridge: true, Ended: false, Reached: null, Waiting: 0 }).ToList())
        {
            HandOn(bridge, to);
        }
    }

    /// <summary>One has come to the milestone: those behind it, bridges between, wait for one less.</summary>
    /// <returns>The hosts that wait for nobody any more.</returns>
    public static List<GraphNode> HandOn(GraphNode first, Milestone to)
    {
        var free = new List<GraphNode>();
        var reached = new Stack<GraphNode>([first]);
        while (reached.TryPop(out var node))
        {
            if (node.IsBridge)
            {
                node.Reached = to;
            }

            foreach (var dependent in node.Dependents.Where(d => --d.Waiting == 0))
            {
                if (dependent.IsBridge)
                {
                    reached.Push(dependent);
                }
                else
                {
                    free.Add(dependent);
                }
            }
        }

        return free;
    }

    /// <summary>One will not come: bridges behind it hand that on.</summary>
    /// <returns>The hosts that wait for it in vain.</returns>
    public static List<GraphNode> Lose(GraphNode first)
    {
        var vain = new List<GraphNode>();
        var lost = new Stack<GraphNode>([first]);
        while (lost.TryPop(out var node))
        {
            foreach (var dependent in node.Dependents)
            {
                if (!dependent.IsBridge)
                {
                    vain.Add(dependent);
                }
                else if (!dependent.Ended)
                {
                    (dependent.Ended, dependent.Reached, dependent.Lost) = (true, null, first.Name);
                    lost.Push(dependent);
                }
            }
        }

        return vain;
    }
}
