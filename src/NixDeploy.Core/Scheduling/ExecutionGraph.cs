using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>Who waits for whom: hosts, and bridges that pass on what they stand between.</summary>
internal sealed class ExecutionGraph
{
    private readonly Dictionary<HostName, GraphNode> nodes;

    /// <summary>The graph of a plan.</summary>
    public ExecutionGraph(DeploymentPlan plan)
    {
        nodes = new Dictionary<HostName, GraphNode>(plan.Hosts.Length + plan.Bridges.Length);
        foreach (var host in plan.Hosts)
        {
            nodes.Add(host.Host, new GraphNode(host));
        }

        foreach (var bridge in plan.Bridges)
        {
            nodes.Add(bridge.Host, new GraphNode(bridge));
        }

        foreach (var node in nodes.Values)
        {
            node.Dependencies = node.After.IsEmpty ? [] : [.. node.After.Select(a => nodes[a])];
            foreach (var dependency in node.Dependencies)
            {
                dependency.Dependents.Add(node);
            }
        }
    }

    /// <summary>Hosts and bridges.</summary>
    public IReadOnlyCollection<GraphNode> All => nodes.Values;

    /// <summary>The hosts, without bridges.</summary>
    public IEnumerable<GraphNode> Hosts => nodes.Values.Where(n => !n.IsBridge);

    /// <summary>The host or bridge of that name.</summary>
    public GraphNode this[HostName name] => nodes[name];

    /// <summary>The host of that name; <see langword="null"/> for one that the plan does not change.</summary>
    public GraphNode? Find(HostName name) => nodes.GetValueOrDefault(name);

    /// <summary>Counts how many each waits for until a milestone; later stages with the same one go on counting.</summary>
    public void CountWaiting(Milestone to)
    {
        foreach (var bridge in nodes.Values.Where(n => n.IsBridge && !n.Ended))
        {
            bridge.Reached = null;
        }

        foreach (var node in nodes.Values)
        {
            node.Waiting = 0;
            foreach (var dependency in node.Dependencies)
            {
                node.Waiting += dependency.Reached >= to || dependency.Skipped ? 0 : 1;
            }
        }

        foreach (var bridge in nodes.Values.Where(n => n is { IsBridge: true, Ended: false, Waiting: 0 }).ToList())
        {
            if (bridge.Reached is null)
            {
                PassOn(bridge, to, _ => { });
            }
        }
    }

    /// <summary>One has reached the milestone: those behind it, over bridges too, wait for one less; <paramref name="free"/> is told those that wait for no other any more.</summary>
    public static void PassOn(GraphNode first, Milestone to, Action<GraphNode> free)
    {
        if (first is { IsBridge: false, Dependents.Count: 0 })
        {
            return;
        }

        var reached = new Stack<GraphNode>([first]);
        while (reached.TryPop(out var node))
        {
            if (node.IsBridge)
            {
                node.Reached = to;
            }

            foreach (var dependent in node.Dependents)
            {
                if (--dependent.Waiting != 0)
                {
                    continue;
                }

                if (dependent.IsBridge)
                {
                    reached.Push(dependent);
                }
                else
                {
                    free(dependent);
                }
            }
        }
    }

    /// <summary>One will not reach it: bridges behind it pass that on.</summary>
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
