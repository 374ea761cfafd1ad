using NixDeploy.Events;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>What failures, refusals and disapprovals lead to: the run is closed or halted, and committed hosts are rolled back.</summary>
internal sealed class Halting(DeploymentPlan plan, ExecutionGraph graph, StartQueue starts, Abandonment abandonment, Queue<Decision> decided)
{
    private readonly FailurePolicy policy = new(plan);
    private readonly RollbackQueue rollbacks = new(graph, plan.Limits.Activations);
    private int failures;
    private bool decidedToHalt;
    private RunHalted? halt;
    private bool rollingBack;

    /// <summary>Whether the run is halted.</summary>
    public bool IsHalted => halt is not null;

    /// <summary>Whether nothing of this is left to do.</summary>
    public bool AreDone => rollbacks.AreDone && decidedToHalt == IsHalted;

    /// <summary>A host has failed.</summary>
    public void Fail(GraphNode node)
    {
        failures += node.Failed ? 0 : 1;
        node.Failed = true;
        Follow(policy.OfFailure(node.Name, node.Stage, failures));

        // One that failed while it was watched is rolled back, with the others when they are.
        if (node.Reached == Milestone.Committed && (!decidedToHalt || rollingBack))
        {
            rollbacks.Add(node);
        }
    }

    /// <summary>A host was refused before it was touched.</summary>
    public void Refuse(GraphNode node, int stage) => Follow(policy.OfRefusal(node.Name, stage, failures));

    /// <summary>A host does not build.</summary>
    public void FailBuild(GraphNode node) => Follow(policy.OfBuildFailure(node.Name));

    /// <summary>The next stage was not approved.</summary>
    public void Disapprove(ApprovalRefused refused) => Follow(policy.OfDisapproval(refused, failures));

    /// <summary>The run is halted.</summary>
    public void Halt(RunHalted happened)
    {
        (decidedToHalt, halt) = (true, happened);
        abandonment.Close(new CancelReason.Halted(happened.Reason));
        RollBackWhenQuiet();
    }

    /// <summary>A host was found to be in flight: rollbacks begin when it is not any more.</summary>
    public void Wait() => rollingBack = false;

    /// <summary>In a halted run committed hosts are rolled back, once none is in flight any more.</summary>
    public void RollBackWhenQuiet()
    {
        if (halt is { } why && !rollingBack && starts.InFlight == 0)
        {
            rollingBack = true;
            var members = why.Scope == RollbackScope.Stage && why.Stage >= 0 ? plan.Stages[why.Stage].Hosts.ToHashSet() : null;
            rollbacks.Begin(n => members is null || members.Contains(n.Name));
        }
    }

    /// <summary>The next host that can be rolled back now.</summary>
    public GraphNode? Take() => starts.InFlight == 0 ? rollbacks.Take() : null;

    /// <summary>An event says that a host's rollback was started.</summary>
    public void Start(GraphNode node) => rollbacks.Start(node);

    /// <summary>A host frees its slot, whichever that is.</summary>
    public void Free(GraphNode node)
    {
        if (node.Slot == Slot.RollingBack)
        {
            rollbacks.End(node);
        }

        starts.Free(node);
    }

    private void Follow(Consequence consequence)
    {
        if (consequence.Halt is { } decision && !decidedToHalt)
        {
            decidedToHalt = true;
            decided.Enqueue(decision);
        }

        if (consequence.Closed is { } reason)
        {
            abandonment.Close(reason);
        }
    }
}
