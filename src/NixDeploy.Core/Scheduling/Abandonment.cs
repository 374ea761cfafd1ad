using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Scheduling;

/// <summary>Which hosts do not go on: those behind one that is not deployed, and all of them once the run is closed.</summary>
internal sealed class Abandonment(ExecutionGraph graph, StartQueue starts, Queue<Decision> decided)
{
    /// <summary>Why no further host is started; <see langword="null"/> while hosts are.</summary>
    public CancelReason? Closed { get; private set; }

    /// <summary>No further host is started, and none goes further.</summary>
    public void Close(CancelReason reason)
    {
        if (Closed is null)
        {
            Closed = reason;
            foreach (var node in graph.Hosts)
            {
                CancelWhenClosed(node);
            }
        }
    }

    /// <summary>A host has come to a rest in a run that is closed: it goes no further.</summary>
    public void CancelWhenClosed(GraphNode node)
    {
        if (Closed is { } reason)
        {
            Abandon(node, new Decision.Cancel(node.Name, reason));
        }
    }

    /// <summary>The hosts that wait for this one are not deployed either.</summary>
    public void BlockBehind(GraphNode node) => AbandonBehind(node, host => new Decision.Block(host, node.Name));

    /// <summary>Their order is kept: hosts behind a deferred one are deferred too.</summary>
    public void DeferBehind(GraphNode node, HostName because) => AbandonBehind(node, host => new Decision.Defer(host, because));

    /// <summary>Not while it is worked on: that comes to its own end, and what is held then is released.</summary>
    public void Abandon(GraphNode node, Decision.Abandon decision)
    {
        if (node is { Abandoned: null, Ended: false, Slot: Slot.None })
        {
            node.Abandoned = decision;
            starts.Withdraw(node);
            decided.Enqueue(decision);
        }
    }

    private void AbandonBehind(GraphNode node, Func<HostName, Decision.Abandon> decision) =>
        ExecutionGraph.Lose(node).ForEach(dependent => Abandon(dependent, decision(dependent.Name)));
}
