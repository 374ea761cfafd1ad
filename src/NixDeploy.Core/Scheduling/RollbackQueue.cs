using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>The way back of hosts that were committed: whoever depends on a host goes before it.</summary>
/// <remarks>Costs the same for each host that goes back, however many there are.</remarks>
internal sealed class RollbackQueue(IReadOnlyCollection<GraphNode> nodes, Func<GraphNode, GraphNode[]> dependenciesOf, int limit)
{
    private readonly PlaceQueue<GraphNode> queue = new(limit, new Dictionary<string, int>());
    private readonly Dictionary<GraphNode, int> behind = [];
    private readonly HashSet<GraphNode> wanted = [];
    private readonly HashSet<GraphNode> queued = [];
    private int next;

    /// <summary>Whether nobody waits or is on the way.</summary>
    public bool AreDone => queue.Waiting == 0 && queue.Taken == 0;

    /// <summary>Takes back whoever is committed and meant, and may be taken back, those first that no committed host depends on.</summary>
    /// <param name="meant">Which hosts go back.</param>
    public void Begin(Func<GraphNode, bool> meant)
    {
        wanted.RemoveWhere(n => n.Reached != Milestone.Committed);
        wanted.UnionWith(nodes.Where(n => n is { IsBridge: false, Plan: { Mode: not ActivationMode.DryActivate, AutoRollback: true }, Reached: Milestone.Committed, Slot: Slot.None } && meant(n)));
        behind.Clear();
        foreach (var node in nodes)
        {
            behind[node] = 0;
        }

        // Upwards from those who go back: everything that they depend on has somebody behind it, bridges too.
        var seen = new HashSet<GraphNode>();
        var open = new Stack<GraphNode>(wanted);
        while (open.TryPop(out var node))
        {
            if (!seen.Add(node))
            {
                continue;
            }

            foreach (var dependency in dependenciesOf(node))
            {
                behind[dependency]++;
                open.Push(dependency);
            }
        }

        foreach (var node in nodes.Where(n => wanted.Contains(n) && behind[n] == 0))
        {
            Enqueue(node);
        }
    }

    /// <summary>Takes one host back, whoever depends on it.</summary>
    public void Add(GraphNode node)
    {
        wanted.Add(node);
        Enqueue(node);
    }

    /// <summary>The next one that can go back now.</summary>
    public GraphNode? Take()
    {
        if (queue.First() is not { } node)
        {
            return null;
        }

        queue.Take(node);
        node.Slot = Slot.Returning;
        return node;
    }

    /// <summary>A host has gone back, or could not.</summary>
    public void End(GraphNode node)
    {
        queue.Release(node);
        node.Slot = Slot.None;
        Pass(node);
    }

    /// <summary>Nobody is behind this one any more: neither is it behind what it depends on.</summary>
    private void Pass(GraphNode first)
    {
        var open = new Stack<GraphNode>([first]);
        while (open.TryPop(out var node))
        {
            foreach (var dependency in dependenciesOf(node).Where(d => behind.GetValueOrDefault(d) > 0 && --behind[d] == 0))
            {
                if (wanted.Contains(dependency))
                {
                    Enqueue(dependency);
                }
                else
                {
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
