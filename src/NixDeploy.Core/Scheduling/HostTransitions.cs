using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>What an event of a host changes: its slot, its milestone, and who may go on because of it.</summary>
internal sealed class HostTransitions(DeploymentPlan plan, StartQueue starts, Abandonment abandonment, StageSequence stages, Halting halting)
{
    private int unbuilt = plan.Hosts.Count(h => h.Generation is null);

    /// <summary>How many hosts have not come to their end.</summary>
    public int Open { get; private set; } = plan.Hosts.Length;

    /// <summary>Whether hosts may be activated: where a build that fails aborts the run, not before all are built.</summary>
    public bool MayActivate => unbuilt == 0 || plan.OnBuildFailure == OnBuildFailure.Continue;

    /// <summary>Takes in an event of a host.</summary>
    public void Observe(GraphNode node, HostEvent happened)
    {
        switch (happened)
        {
            case HostBuilt:
                unbuilt -= node is { Built: false, Ended: false } ? 1 : 0;
                node.Built = true;
                stages.Offer(node);
                break;
            case CopyStarted:
                Start(node, Slot.Copying);
                break;
            case TestStarted or ActivationStarted or CommitStarted or KeepStarted or RebootStarted:
                Start(node, Slot.Activating);
                break;
            case RollbackStarted:
                halting.Start(node);
                break;
            case HostCopied:
                Reach(node, Milestone.Prepared);
                break;
            case HostTested:
                Reach(node, Milestone.Tested);
                break;
            case HostHealthy:
                Reach(node, Milestone.Healthy);
                break;
            case HostConcluded when node.Ended:
                break;
            case HostCommitted or HostKept or HostDryActivated or HostConcluded { End: Conclusion.Committed or Conclusion.Kept }:
                Reach(node, Milestone.Committed);
                break;
            case HostFailed e:
                Fail(node, e);
                break;
            case HostUnreachable { Deferred: false }:
                Skip(node);
                break;
            case HostUnreachable e:
                abandonment.DeferBehind(node, e.Because ?? e.Host);
                End(node);
                break;
            case HostNeedsReboot or HostBlocked { Because: null }:
                if (!node.Built)
                {
                    halting.FailBuild(node);
                }

                halting.Refuse(node, stages.IsOpen ? stages.Place : -1);
                End(node);
                break;
            case HostBlocked or HostCancelled or HostRolledBack or RollbackFailed or HostConcluded:
                End(node);
                break;
        }
    }

    /// <summary>An event says that a host was started; one that this scheduler has decided to start has its slot already.</summary>
    private void Start(GraphNode node, Slot slot)
    {
        if (node is { InStage: true, Slot: Slot.None })
        {
            node.Abandoned = null;
            halting.Wait();
            starts.Start(node, slot, stages.Current.To);
        }
    }

    private void Reach(GraphNode node, Milestone milestone)
    {
        Start(node, milestone == Milestone.Prepared ? Slot.Copying : Slot.Activating);
        node.Reached = milestone;
        if (stages.Holds(node))
        {
            halting.Free(node);
            ExecutionGraph.PassOn(node, stages.Current.To, stages.Offer);
            if (milestone == Milestone.Committed)
            {
                Conclude(node);
            }

            stages.Leave(node);
            abandonment.CancelWhenClosed(node);
            halting.RollBackWhenQuiet();
        }
        else if (node.Slot == Slot.Copying)
        {
            halting.Free(node);
            abandonment.CancelWhenClosed(node);
            stages.Offer(node);
        }
    }

    private void Fail(GraphNode node, HostFailed failed)
    {
        node.Reached = node.Reached == Milestone.Committed ? node.Reached : null;
        abandonment.BlockBehind(node);
        halting.Fail(node);

        // Last, for it may be the last of its stage: what follows must know of the failure.
        if (!failed.Activated)
        {
            End(node);
        }
    }

    /// <summary>A host's own work is over without the milestone, or it was rolled back.</summary>
    private void End(GraphNode node)
    {
        node.Reached = null;
        halting.Free(node);
        if (!node.Ended)
        {
            Conclude(node);
            abandonment.BlockBehind(node);
            stages.Leave(node);
        }

        halting.RollBackWhenQuiet();
    }

    /// <summary>It cannot be reached, and is skipped then: the others go on as if it were not there.</summary>
    private void Skip(GraphNode node)
    {
        halting.Free(node);
        (node.Reached, node.Skipped) = (null, true);
        Conclude(node);
        ExecutionGraph.PassOn(node, stages.Current.To, stages.Offer);
        stages.Leave(node);
        halting.RollBackWhenQuiet();
    }

    private void Conclude(GraphNode node)
    {
        node.Ended = true;
        Open--;
        unbuilt -= node.Built ? 0 : 1;
    }
}
