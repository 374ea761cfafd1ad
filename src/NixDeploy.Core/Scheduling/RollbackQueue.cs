using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>The rollback of hosts that were committed: whoever depends on a host is rolled back before it.</summary>
/// <remarks>Costs the same for each host, however many there are.</remarks>
internal sealed class RollbackQueue(ExecutionGraph graph, int limit)
{
    private readonly PlaceQueue queue = new(limit, new Dictionary<string, int>());
    private readonly Dictionary<GraphNode, int> behind = [];
    private readonly HashSet<GraphNode> wanted = [];
    private readonly HashSet<GraphNode> queued = [];
    private int next;

    /// <summary>Whether no host waits for its rollback or is being rolled back.</summary>
    public bool AreDone => queue.Waiting == 0 && queue.Taken == 0;

    /// <summary>Rolls back every committed host that is meant and may be rolled back, those first that no committed host depends on.</summary>
    public void Begin(Func<GraphNode, bool> meant)
    {
        wanted.RemoveWhere(n => n.Reached != Milestone.Committed);
        wanted.UnionWith(graph.All.Where(n => n is { IsBridge: false, Plan: { Mode: not ActivationMode.DryActivate, AutoRollback: true }, Reached: Milestone.Committed, Slot: Slot.None } && meant(n)));
        behind.Clear();

        // From the hosts up: everything that they depend on has somebody behind it, bridges too.
        var seen = new HashSet<GraphNode>();
        var open = new Stack<GraphNode>(wanted);
        while (open.TryPop(out var node))
        {
            if (!seen.Add(node))
            {
                continue;
            }

            foreach (var dependency in node.Dependencies)
            {
                behind[dependency] = behind.GetValueOrDefault(dependency) + 1;
                open.Push(dependency);
            }
        }

        foreach (var node in graph.All.Where(n => wanted.Contains(n) && behind.GetValueOrDefault(n) == 0))
        {
            Enqueue(node);
        }
    }

    /// <summary>Rolls one host back, whoever depends on it.</summary>
    public void Add(GraphNode node)
    {
        wanted.Add(node);
        Enqueue(node);
    }

    /// <summary>The next one that can be rolled back now.</summary>
    public GraphNode? Take()
    {
        var node = queue.First();
        if (node is not null)
        {
            Start(node);
        }

        return node;
    }

    /// <summary>Gives a host its place: because it is its turn, or because an event says that its rollback was started.</summary>
    public void Start(GraphNode node)
    {
        if (node.Slot == Slot.None && queued.Contains(node))
        {
            queue.Take(node);
            node.Slot = Slot.RollingBack;
        }
    }

    /// <summary>A host was rolled back, or could not be.</summary>
    public void End(GraphNode node)
    {
        queue.Release(node);
        node.Slot = Slot.None;
        var open = new Stack<GraphNode>([node]);
        while (open.TryPop(out var over))
        {
            foreach (var dependency in over.Dependencies.Where(d => behind.GetValueOrDefault(d) > 0 && --behind[d] == 0))
            {
                if (wanted.Contains(dependency))
                {
                    Enqueue(dependency);
                }
                else
                {
                    // No host is behind this one any more: neither is it behind what it depends on.
                    open.Push(dependency);
                }
            }
        }
    }

    private void Enqueue(GraphNode node)
    {
        if (node.Slot == Slot.None && node.Reached == Milestone.Committed && queued.Add(node))
        {
            node.Order = next++;
            queue.Add(node);
        }
    }
}
