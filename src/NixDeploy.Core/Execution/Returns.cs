using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Execution;

/// <summary>The way back of hosts that were committed: whoever depends on a host goes before it.</summary>
/// <remarks>Costs the same for each host that goes back, however many there are.</remarks>
internal sealed class Returns(IReadOnlyCollection<Node> nodes, Func<Node, Node[]> dependenciesOf, int limit)
{
    private readonly PlaceQueue<Node> queue = new(limit, new Dictionary<string, int>());
    private readonly Dictionary<Node, int> behind = [];
    private readonly HashSet<Node> wanted = [];
    private readonly HashSet<Node> queued = [];
    private int next;

    /// <summary>Whether nobody waits or is on the way.</summary>
    public bool AreDone => queue.Waiting == 0 && queue.Taken == 0;

    /// <summary>Takes back whoever is committed and meant, and may be taken back, those first that no committed host depends on.</summary>
    /// <param name="meant">Which hosts go back.</param>
    public void Begin(Func<Node, bool> meant)
    {
        wanted.RemoveWhere(n => n.Reached != Milestone.Committed);
        wanted.UnionWith(nodes.Where(n => n is { IsBridge: false, Plan: { Mode: not ActivationMode.DryActivate, AutoRollback: true }, Reached: Milestone.Committed, Slot: Slot.None } && meant(n)));
        behind.Clear();
        foreach (var node in nodes)
        {
            behind[node] = 0;
        }

        // Upwards from those who go back: everything that they depend on has somebody behind it, bridges too.
        var seen = new HashSet<Node>();
        var open = new Stack<Node>(wanted);
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
    public void Add(Node node)
    {
        wanted.Add(node);
        Enqueue(node);
    }

    /// <summary>The next one that can go back now.</summary>
    public Node? Take()
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
    public void End(Node node)
    {
        queue.Release(node);
        node.Slot = Slot.None;
        Pass(node);
    }

    /// <summary>Nobody is behind this one any more: neither is it behind what it depends on.</summary>
    private void Pass(Node first)
    {
        var open = new Stack<Node>([first]);
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

    private void Enqueue(Node node)
    {
        if (node.Slot == Slot.None && node.Reached == Milestone.Committed && queued.Add(node))
        {
            node.Order = next++;
            queue.Add(node);
        }
    }
}
