using System.Collections.Immutable;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>Which hosts of the current stage can begin now: they wait for a copy, then for a place to be activated in.</summary>
internal sealed class StartQueue(Limits limits)
{
    private readonly PlaceQueue copies = new(limits.Copies, ImmutableDictionary<string, int>.Empty);
    private readonly PlaceQueue places = new(limits.Activations, limits.Tags);
    private readonly SortedSet<GraphNode> soonCopied = new(Comparer<GraphNode>.Create((a, b) => a.Order.CompareTo(b.Order)));

    /// <summary>How many the current stage has started and is not done with.</summary>
    public int InFlight { get; private set; }

    /// <summary>Whether no host is copied to or activated.</summary>
    public bool AreDone => copies.Taken == 0 && places.Taken == 0;

    /// <summary>A host that waits for nothing but a slot.</summary>
    public void Offer(GraphNode node)
    {
        if (node.Reached is not null)
        {
            places.Add(node);
        }
        else if (node.Built)
        {
            copies.Add(node);
        }
    }

    /// <summary>A host is not to be started.</summary>
    public void Withdraw(GraphNode node)
    {
        copies.Remove(node);
        places.Remove(node);
    }

    /// <summary>The next one to be copied to, which has its slot now.</summary>
    public GraphNode? TakeToCopy(Stage stage)
    {
        if (InFlight >= (stage.MaxInFlight ?? int.MaxValue) || copies.First() is not { } node)
        {
            return null;
        }

        // Not far ahead of the activations: a host that was copied is locked. Whoever has more work behind it may overtake.
        if (stage.To != Milestone.Prepared && places.Waiting >= limits.Copies && node.Order >= places.Last!.Order)
        {
            return null;
        }

        Start(node, Slot.Copying, stage.To);
        return node;
    }

    /// <summary>The next one to be activated, which has its place now.</summary>
    public GraphNode? TakeToActivate(Stage stage)
    {
        if (places.First() is not { } node || (!node.InFlight && InFlight >= (stage.MaxInFlight ?? int.MaxValue)))
        {
            return null;
        }

        var kept = soonCopied.Count == 0 ? 0 : soonCopied.TakeWhile(n => n.Order < node.Order).Take(places.Free).Count();
        if (kept >= places.Free)
        {
            return null;
        }

        Start(node, Slot.Activating, stage.To);
        return node;
    }

    /// <summary>Gives a host its slot: because it is its turn, or because an event says that it was started.</summary>
    public void Start(GraphNode node, Slot slot, Milestone to)
    {
        Withdraw(node);
        (slot == Slot.Copying ? copies : places).Take(node);
        if (slot == Slot.Copying && to > Milestone.Prepared && node.IsSoonCopied)
        {
            soonCopied.Add(node);
        }

        InFlight += node.InFlight ? 0 : 1;
        (node.InFlight, node.Slot) = (true, slot);
    }

    /// <summary>A host frees its slot.</summary>
    public void Free(GraphNode node)
    {
        switch (node.Slot)
        {
            case Slot.Copying:
                copies.Release(node);
                soonCopied.Remove(node);
                break;
            case Slot.Activating:
                places.Release(node);
                break;
        }

        node.Slot = Slot.None;
    }

    /// <summary>The stage is done with a host.</summary>
    public void Leave(GraphNode node)
    {
        InFlight -= node.InFlight ? 1 : 0;
        node.InFlight = false;
        Withdraw(node);
    }
}
