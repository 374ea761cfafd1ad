using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>
/// What to do next, as a function of the plan and of the state folded from events: resuming is the same loop as running. It
/// knows no strategy, and looks at a host only when an event concerns it, so that an event costs the same in a large fleet.
/// </summary>
internal sealed class Scheduler
{
    private readonly DeploymentPlan plan;
    private readonly ExecutionGraph nodes;
    private readonly StartQueue starts;
    private readonly RollbackQueue returns;
    private readonly FailurePolicy policy;
    private readonly Queue<Decision> immediate = new();
    private readonly HashSet<(int Stage, Type Gate)> passed = [];
    private int stage = -1;
    private int openInStage;
    private int openHosts;
    private int failures;
    private Gate? gate;
    private string? whyClosed;
    private bool halting;
    private RunHalted? halt;
    private bool returning;

    private Scheduler(DeploymentPlan plan)
    {
        this.plan = plan;
        nodes = new ExecutionGraph(plan);
        starts = new StartQueue(plan.Limits);
        returns = new RollbackQueue(nodes.All, nodes.DependenciesOf, plan.Limits.Activations);
        policy = new FailurePolicy(plan);
    }

    /// <summary>Whether nothing is left to decide, and nothing is on its way.</summary>
    public bool Finished => immediate.Count == 0 && gate is null && starts.AreDone && openHosts == 0 && returns.AreDone
        && halting == (halt is not null);

    private bool InStage => stage >= 0 && stage < plan.Stages.Length;

    private Stage Stage => plan.Stages[stage];

    /// <summary>The scheduler of a plan whose run has come so far.</summary>
    public static Scheduler From(DeploymentPlan plan, RunState state)
    {
        var scheduler = new Scheduler(plan) { failures = state.Failures, openHosts = plan.Hosts.Length, halting = state.Halt is not null };
        scheduler.passed.UnionWith(state.Baked.Select(s => (s, typeof(Gate.Bake))));
        scheduler.passed.UnionWith(state.Approved.Concat(state.Refused is { } no ? [no.Stage] : []).Select(s => (s, typeof(Gate.Approval))));
        foreach (var node in scheduler.nodes.Hosts)
        {
            var progress = state.Hosts[node.Name];
            node.Built = node.Plan.Generation is not null || progress.Built;
            node.Reached = progress.Reached;
            node.Skipped = progress.Status == HostStatus.Skipped;
            node.Ended = progress.Ended || progress.Status == HostStatus.Baking;
            scheduler.openHosts -= node.Ended ? 1 : 0;
        }

        ImmutableArray<HostName> unbuilt = [.. plan.Hosts.Where(h => scheduler.nodes[h.Host] is { Built: false, Ended: false }).Select(h => h.Host)];
        if (unbuilt.Length > 0)
        {
            scheduler.immediate.Enqueue(new Decision.Build(unbuilt));
        }

        scheduler.Advance();
        scheduler.TakeUp(state);
        return scheduler;
    }

    /// <summary>What followed from the events, or would have if the controller had lived long enough to decide it.</summary>
    private void TakeUp(RunState state)
    {
        var brought = plan.Stages.Take(stage).SelectMany(s => s.Hosts.Select(h => (Host: h, s.To))).GroupBy(s => s.Host).ToDictionary(s => s.Key, s => s.Max(to => to.To));
        foreach (var node in nodes.Hosts.Where(n => n.InStage && n.Reached is { } reached && !(brought.TryGetValue(n.Name, out var before) && before >= reached)))
        {
            starts.TakeUp(node);
        }

        if (state.Halt is { } halted)
        {
            Close($"The run was halted: {halted.Reason}.");
            Observe(halted);
            return;
        }

        foreach (var node in nodes.Hosts)
        {
            var host = state.Hosts[node.Name];
            Follow(host.FailedWhileDeploying ? policy.OfFailure(node.Name, node.Stage, failures)
                : host is { Status: HostStatus.NeedsReboot } or { Status: HostStatus.Blocked, Because: null } ? policy.OfRefusal(node.Name, node.Stage, failures)
                : Consequence.None);
        }

        if (state.Refused is { } refused)
        {
            Follow(policy.OfDisapproval(refused, failures));
        }
    }

    /// <summary>What can begin now; each decision is given once.</summary>
    public IEnumerable<Decision> Next()
    {
        while (immediate.TryDequeue(out var decision))
        {
            yield return decision;
        }

        while (InStage && whyClosed is null && starts.TakeToCopy(Stage) is { } node)
        {
            yield return new Decision.Bring(node.Name, Milestone.Prepared);
        }

        while (InStage && starts.TakeToActivate(Stage) is { } node)
        {
            yield return new Decision.Bring(node.Name, Stage.To);
        }

        while (starts.InFlight == 0 && returns.Take() is { } node)
        {
            yield return new Decision.RollBack(node.Name);
        }
    }

    /// <summary>Takes in what happened.</summary>
    public void Observe(DeploymentEvent happened)
    {
        switch (happened)
        {
            case HostBuilt e:
                nodes[e.Host].Built = true;
                Offer(nodes[e.Host]);
                break;
            case HostCopied e:
                Reach(nodes[e.Host], Milestone.Prepared);
                break;
            case HostTested e:
                Reach(nodes[e.Host], Milestone.Tested);
                break;
            case HostHealthy e:
                Reach(nodes[e.Host], Milestone.Healthy);
                break;
            case HostCommitted or HostKept or HostDryActivated:
                Reach(nodes[((HostEvent)happened).Host], Milestone.Committed);
                break;
            case HostFailed e:
                Fail(nodes[e.Host], e);
                break;
            case HostUnreachable { Deferred: false } e:
                LeaveOut(nodes[e.Host]);
                break;
            case HostUnreachable e:
                DeferDependents(nodes[e.Host], e.Because ?? e.Host);
                End(nodes[e.Host]);
                break;
            case HostNeedsReboot or HostBlocked { Because: null }:
                Follow(policy.OfRefusal(((HostEvent)happened).Host, InStage ? stage : -1, failures));
                End(nodes[((HostEvent)happened).Host]);
                break;
            case HostBlocked or HostCancelled or HostRolledBack or RollbackFailed:
                End(nodes[((HostEvent)happened).Host]);
                break;
            case StopRequested:
                Close("The run was stopped before it began.");
                if (gate is Gate.Approval)
                {
                    // Nobody is asked any more; a watching says itself that it is over.
                    PassGate(stage, typeof(Gate.Approval));
                }

                break;
            case RunHalted e:
                (halting, halt) = (true, e);
                ReturnWhenQuiet();
                break;
            case BakeEnded e:
                PassGate(e.Stage, typeof(Gate.Bake));
                break;
            case ApprovalGiven e:
                PassGate(e.Stage, typeof(Gate.Approval));
                break;
            case ApprovalRefused e:
                Follow(policy.OfDisapproval(e, failures));
                PassGate(e.Stage, typeof(Gate.Approval));
                break;
        }
    }

    /// <summary>On to the next stage in which something is left to do, over the gates between.</summary>
    private void Advance()
    {
        while (stage < plan.Stages.Length && openInStage == 0)
        {
            if (InStage && whyClosed is null && Stage.After.FirstOrDefault(g => !passed.Contains((stage, g.GetType()))) is { } next)
            {
                ImmutableArray<HostName> deployed = [.. Stage.Hosts.Where(h => nodes[h].Reached == Milestone.Committed)];
                if (!deployed.IsEmpty)
                {
                    gate = next;
                    immediate.Enqueue(next is Gate.Approval approval ? new Decision.Ask(stage, deployed, approval) : new Decision.Bake(stage, deployed, ((Gate.Bake)next).For));
                    return;
                }

                Close($"Not started because no host of the stage {Stage.Name} was deployed, so there was nothing to watch.");
            }

            stage++;
            if (InStage)
            {
                Enter();
            }
        }
    }

    private void PassGate(int of, Type kind)
    {
        if (passed.Add((of, kind)))
        {
            gate = null;
            Advance();
        }
    }

    private void Enter()
    {
        if (stage == 0 || plan.Stages[stage - 1].To != Stage.To)
        {
            nodes.CountWaiting(Stage.To);
        }

        openInStage = 0;
        for (var i = 0; i < Stage.Hosts.Length; i++)
        {
            var node = nodes[Stage.Hosts[i]];
            (node.Order, node.Stage) = (i, stage);
            node.InStage = !node.Ended && !Holds(node);
            openInStage += node.InStage ? 1 : 0;
        }

        foreach (var node in Stage.Hosts.Select(h => nodes[h]))
        {
            if (node.After.Select(d => nodes[d]).FirstOrDefault(d => d.Ended && !d.Skipped && !Holds(d)) is { } lost)
            {
                Abandon(node, new Decision.Block(node.Name, lost.Lost ?? lost.Name));
            }

            Offer(node);
        }
    }

    /// <summary>Whether the host has what the current stage is to bring it to.</summary>
    private bool Holds(GraphNode node) => node.Reached >= Stage.To;

    /// <summary>Puts a host where it waits for a slot, when nothing else keeps it.</summary>
    private void Offer(GraphNode node)
    {
        if (!InStage || node.Stage != stage || node.Ended || node.Abandoned || node.Waiting > 0 || node.Slot != Slot.None || Holds(node))
        {
            return;
        }

        starts.Offer(node);
    }

    private void FreeSlot(GraphNode node)
    {
        if (node.Slot == Slot.Returning)
        {
            returns.End(node);
        }

        starts.Free(node);
    }

    private void Reach(GraphNode node, Milestone milestone)
    {
        node.Reached = milestone;
        if (Holds(node))
        {
            FreeSlot(node);
            foreach (var free in ExecutionGraph.HandOn(node, Stage.To))
            {
                Offer(free);
            }

            if (milestone == Milestone.Committed)
            {
                node.Ended = true;
                openHosts--;
            }

            LeaveStage(node);
            GiveBackWhenClosed(node);
            ReturnWhenQuiet();
        }
        else if (node.Slot == Slot.Copying)
        {
            FreeSlot(node);
            GiveBackWhenClosed(node);
            Offer(node);
        }
    }

    private void Fail(GraphNode node, HostFailed failed)
    {
        var wasCommitted = node.Reached == Milestone.Committed;
        failures++;
        node.Reached = wasCommitted ? node.Reached : null;
        BlockDependents(node);

        Follow(policy.OfFailure(node.Name, node.Stage, failures));

        // One that failed while it was watched goes back, with the others when they do.
        if (wasCommitted && (!halting || returning))
        {
            returns.Add(node);
        }

        // Last, for it may be the last of its stage: what follows must know of the failure.
        if (!failed.Activated)
        {
            End(node);
        }
    }

    private void Follow(Consequence consequence)
    {
        if (consequence.Halt is { } decision && !halting)
        {
            halting = true;
            immediate.Enqueue(decision);
        }

        if (consequence.WhyClosed is { } reason)
        {
            Close(reason);
        }
    }

    /// <summary>A host's own work is over without the milestone, or it was taken back.</summary>
    private void End(GraphNode node)
    {
        node.Reached = null;
        FreeSlot(node);
        if (!node.Ended)
        {
            node.Ended = true;
            openHosts--;
            BlockDependents(node);
            LeaveStage(node);
        }

        ReturnWhenQuiet();
    }

    /// <summary>It cannot be reached, and the operator wants it skipped then: the others go on as if it were not there.</summary>
    private void LeaveOut(GraphNode node)
    {
        FreeSlot(node);
        (node.Reached, node.Skipped, node.Ended) = (null, true, true);
        openHosts--;
        foreach (var free in ExecutionGraph.HandOn(node, Stage.To))
        {
            Offer(free);
        }

        LeaveStage(node);
        ReturnWhenQuiet();
    }

    /// <summary>Their order is kept: those behind a host that is put off are put off too.</summary>
    private void DeferDependents(GraphNode node, HostName because)
    {
        foreach (var dependent in ExecutionGraph.Lose(node))
        {
            Abandon(dependent, new Decision.Defer(dependent.Name, because));
        }
    }

    private void LeaveStage(GraphNode node)
    {
        starts.Leave(node);
        if (node.InStage)
        {
            node.InStage = false;
            openInStage--;
            Advance();
        }
    }

    private void BlockDependents(GraphNode node)
    {
        foreach (var dependent in ExecutionGraph.Lose(node))
        {
            Abandon(dependent, new Decision.Block(dependent.Name, node.Name));
        }
    }

    /// <summary>No further host is started, and none goes further.</summary>
    private void Close(string reason)
    {
        if (whyClosed is not null)
        {
            return;
        }

        whyClosed = reason;
        foreach (var node in nodes.Hosts)
        {
            Abandon(node, new Decision.Cancel(node.Name, reason));
        }
    }

    private void GiveBackWhenClosed(GraphNode node)
    {
        if (whyClosed is { } reason)
        {
            Abandon(node, new Decision.Cancel(node.Name, reason));
        }
    }

    /// <summary>Not while it is worked on: that comes to its own end, and what is held then is given back.</summary>
    private void Abandon(GraphNode node, Decision decision)
    {
        if (!node.Abandoned && !node.Ended && node.Slot == Slot.None)
        {
            node.Abandoned = true;
            starts.Withdraw(node);
            immediate.Enqueue(decision);
        }
    }

    /// <summary>In a halted run committed hosts go back, once nothing goes forward any more.</summary>
    private void ReturnWhenQuiet()
    {
        if (halt is { } why && !returning && starts.InFlight == 0)
        {
            returning = true;
            var members = why.Scope == RollbackScope.Stage && why.Stage >= 0 ? plan.Stages[why.Stage].Hosts.ToHashSet() : null;
            returns.Begin(n => members is null || members.Contains(n.Name));
        }
    }
}
