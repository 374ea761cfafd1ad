using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>Which stage the run is in: on to the next one when nothing is left to do in it, over the gates between.</summary>
internal sealed class StageSequence(DeploymentPlan plan, ExecutionGraph graph, StartQueue starts, Abandonment abandonment, Queue<Decision> decided)
{
    private readonly HashSet<(int Stage, Type Gate)> passed = [];
    private int open;

    /// <summary>The current stage's place in the plan; -1 before the first one, the number of stages after the last one.</summary>
    public int Place { get; private set; } = -1;

    /// <summary>Whether a stage is going on.</summary>
    public bool IsOpen => Place >= 0 && Place < plan.Stages.Length;

    /// <summary>The stage that is going on.</summary>
    public Stage Current => plan.Stages[Place];

    /// <summary>The gate that keeps the next stage from beginning; <see langword="null"/>: none.</summary>
    public Gate? Gate { get; private set; }

    /// <summary>Whether the host has what the current stage is to bring it to.</summary>
    public bool Holds(GraphNode node) => node.Reached >= Current.To;

    /// <summary>Whether a gate after a stage is passed.</summary>
    public bool IsPassed(int stage, Type gate) => passed.Contains((stage, gate));

    /// <summary>On to the next stage in which something is left to do, up to a gate.</summary>
    public void Advance()
    {
        while (Place < plan.Stages.Length && open == 0)
        {
            if (IsOpen && abandonment.Closed is null && Current.After.FirstOrDefault(g => !IsPassed(Place, g.GetType())) is { } next)
            {
                ImmutableArray<HostName> deployed = [.. Current.Hosts.Where(h => graph[h].Reached == Milestone.Committed)];
                if (!deployed.IsEmpty)
                {
                    Gate = next;
                    decided.Enqueue(next is Gate.Approval approval ? new Decision.Ask(Place, deployed, approval) : new Decision.Bake(Place, deployed, ((Gate.Bake)next).For));
                    return;
                }

                abandonment.Close(new CancelReason.NothingToBake(Current.Name));
            }

            Place++;
            if (IsOpen)
            {
                Enter();
            }
        }
    }

    /// <summary>A gate is passed, or need not be any more.</summary>
    public void Pass(int stage, Type gate)
    {
        if (passed.Add((stage, gate)))
        {
            Gate = null;
            Advance();
        }
    }

    /// <summary>Puts a host where it waits for a slot, when it waits for nothing else.</summary>
    public void Offer(GraphNode node)
    {
        if (IsOpen && node.Stage == Place && node is { Ended: false, Abandoned: null, Waiting: <= 0, Slot: Slot.None } && !Holds(node))
        {
            starts.Offer(node);
        }
    }

    /// <summary>The current stage is done with a host.</summary>
    public void Leave(GraphNode node)
    {
        starts.Leave(node);
        if (node.InStage)
        {
            node.InStage = false;
            open--;
            Advance();
        }
    }

    private void Enter()
    {
        if (Place == 0 || plan.Stages[Place - 1].To != Current.To)
        {
            graph.CountWaiting(Current.To);
        }

        open = 0;
        var entered = new GraphNode[Current.Hosts.Length];
        for (var i = 0; i < entered.Length; i++)
        {
            var node = entered[i] = graph[Current.Hosts[i]];
            (node.Order, node.Stage) = (i, Place);
            node.InStage = !node.Ended && !Holds(node);
            open += node.InStage ? 1 : 0;
        }

        foreach (var node in entered)
        {
            if (Array.Find(node.Dependencies, d => d.Ended && !d.Skipped && !Holds(d)) is { } lost)
            {
                abandonment.Abandon(node, new Decision.Block(node.Name, lost.Lost ?? lost.Name));
            }

            Offer(node);
        }
    }
}
