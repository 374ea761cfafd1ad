using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Execution;

/// <summary>
/// What to do next, as a function of the plan and of the state folded from events: resuming is the same loop as running. It
/// knows no strategy, and looks at a host only when an event concerns it, so that an event costs the same in a large fleet.
/// </summary>
internal sealed class Scheduler
{
    private readonly DeploymentPlan plan;
    private readonly Dictionary<HostName, Node> nodes;
    private readonly PlaceQueue<Node> copies;
    private readonly PlaceQueue<Node> places;
    private readonly SortedSet<Node> soonCopied = new(Comparer<Node>.Create((a, b) => a.Order.CompareTo(b.Order)));
    private readonly Returns returns;
    private readonly Queue<Decision> immediate = new();
    private readonly HashSet<int> baked = [];
    private int stage = -1;
    private int openInStage;
    private int inFlight;
    private int openHosts;
    private int failures;
    private bool baking;
    private string? whyClosed;
    private bool halting;
    private RunHalted? halt;
    private bool returning;

    private Scheduler(DeploymentPlan plan)
    {
        this.plan = plan;
        nodes = plan.Hosts.Select(h => new Node(h)).Concat(plan.Bridges.Select(b => new Node(b))).ToDictionary(n => n.Name);
        foreach (var node in nodes.Values)
        {
            foreach (var dependency in node.After)
            {
                nodes[dependency].Dependents.Add(node);
            }
        }

        copies = new PlaceQueue<Node>(plan.Limits.Copies, ImmutableDictionary<string, int>.Empty);
        places = new PlaceQueue<Node>(plan.Limits.Activations, plan.Limits.Tags);
        returns = new Returns(nodes.Values, n => [.. n.After.Select(a => nodes[a])], plan.Limits.Activations);
    }

    /// <summary>Whether nothing is left to decide, and nothing is on its way.</summary>
    public bool Finished => immediate.Count == 0 && !baking && copies.Taken == 0 && places.Taken == 0 && openHosts == 0 && returns.AreDone
        && halting == (halt is not null);

    private bool InStage => stage >= 0 && stage < plan.Stages.Length;

    private Stage Stage => plan.Stages[stage];

    private IEnumerable<Node> Hosts => nodes.Values.Where(n => !n.IsBridge);

    /// <summary>The scheduler of a plan whose run has come so far.</summary>
    public static Scheduler From(DeploymentPlan plan, RunState state)
    {
        var scheduler = new Scheduler(plan) { failures = state.Failures, openHosts = plan.Hosts.Length, halting = state.Halt is not null };
        scheduler.baked.UnionWith(state.Baked);
        foreach (var node in scheduler.Hosts)
        {
            var progress = state.Hosts[node.Name];
            node.Built = node.Plan.Generation is not null || progress.Built;
            node.Reached = progress.Reached;
            node.Ended = progress.Ended || progress.Status == HostStatus.Baking;
            scheduler.openHosts -= node.Ended ? 1 : 0;
        }

        ImmutableArray<HostName> unbuilt = [.. plan.Hosts.Where(h => scheduler.nodes[h.Host] is { Built: false, Ended: false }).Select(h => h.Host)];
        if (unbuilt.Length > 0)
        {
            scheduler.immediate.Enqueue(new Decision.Build(unbuilt));
        }

        scheduler.Advance();
        if (state.Halt is { } halted)
        {
            scheduler.Close("The run was halted.");
            scheduler.Observe(halted);
        }

        return scheduler;
    }

    /// <summary>What can begin now; each decision is given once.</summary>
    public IEnumerable<Decision> Next()
    {
        while (immediate.TryDequeue(out var decision))
        {
            yield return decision;
        }

        while (NextToCopy() is { } node)
        {
            copies.Take(node);
            Begin(node, Slot.Copying);
            if (Stage.To > Milestone.Prepared && node.IsSoonCopied)
            {
                soonCopied.Add(node);
            }

            yield return new Decision.Bring(node.Name, Milestone.Prepared);
        }

        while (NextToActivate() is { } node)
        {
            places.Take(node);
            Begin(node, Slot.Activating);
            yield return new Decision.Bring(node.Name, Stage.To);
        }

        while (inFlight == 0 && returns.Take() is { } node)
        {
            yield return new Decision.TakeBack(node.Name);
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
            case HostHealthy e:
                Reach(nodes[e.Host], Milestone.Healthy);
                break;
            case HostCommitted e:
                Reach(nodes[e.Host], Milestone.Committed);
                break;
            case HostFailed e:
                Fail(nodes[e.Host], e);
                break;
            case HostNeedsReboot or HostBlocked { Because: null }:
                HaltUnlessBorne(nodes[((HostEvent)happened).Host]);
                End(nodes[((HostEvent)happened).Host]);
                break;
            case HostBlocked or HostCancelled or HostRestored or RestoreFailed:
                End(nodes[((HostEvent)happened).Host]);
                break;
            case StopRequested:
                Close("The run was stopped before it began.");
                break;
            case RunHalted e:
                (halting, halt) = (true, e);
                ReturnWhenQuiet();
                break;
            case BakeEnded e:
                baking = false;
                baked.Add(e.Stage);
                Advance();
                break;
        }
    }

    private Node? NextToCopy()
    {
        if (!InStage || whyClosed is not null || inFlight >= (Stage.MaxInFlight ?? int.MaxValue) || copies.First() is not { } node)
        {
            return null;
        }

        // Not far ahead of the activations: a host that was copied is locked. Whoever has more work behind it may overtake.
        return Stage.To == Milestone.Prepared || places.Waiting < plan.Limits.Copies || node.Order < places.Last!.Order ? node : null;
    }

    private Node? NextToActivate()
    {
        if (!InStage || places.First() is not { } node || (!node.InFlight && inFlight >= (Stage.MaxInFlight ?? int.MaxValue)))
        {
            return null;
        }

        var kept = soonCopied.TakeWhile(n => n.Order < node.Order).Take(places.Free).Count();
        return kept < places.Free ? node : null;
    }

    private void Begin(Node node, Slot slot)
    {
        inFlight += node.InFlight ? 0 : 1;
        (node.InFlight, node.Slot) = (true, slot);
    }

    /// <summary>On to the next stage in which something is left to do, over the gates between.</summary>
    private void Advance()
    {
        while (stage < plan.Stages.Length && openInStage == 0)
        {
            if (InStage && Stage.Bake is { } time && whyClosed is null && !baked.Contains(stage))
            {
                ImmutableArray<HostName> deployed = [.. Stage.Hosts.Where(h => nodes[h].Reached == Milestone.Committed)];
                if (!deployed.IsEmpty)
                {
                    baking = true;
                    immediate.Enqueue(new Decision.Bake(stage, deployed, time));
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

    private void Enter()
    {
        if (stage == 0 || plan.Stages[stage - 1].To != Stage.To)
        {
            CountWaiting();
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
            if (node.After.Select(d => nodes[d]).FirstOrDefault(d => d.Ended && !Holds(d)) is { } lost)
            {
                Doom(node, new Decision.Block(node.Name, lost.Lost ?? lost.Name));
            }

            Offer(node);
        }
    }

    /// <summary>Who waits for how many until this stage's milestone; later stages with the same one go on counting.</summary>
    private void CountWaiting()
    {
        foreach (var bridge in nodes.Values.Where(n => n.IsBridge && !n.Ended))
        {
            bridge.Reached = null;
        }

        foreach (var node in nodes.Values)
        {
            node.Waiting = node.After.Count(d => !Holds(nodes[d]));
        }

        foreach (var bridge in nodes.Values.Where(n => n is { IsBridge: true, Ended: false, Reached: null, Waiting: 0 }).ToList())
        {
            HandOn(bridge);
        }
    }

    /// <summary>Whether the host has what the current stage is to bring it to.</summary>
    private bool Holds(Node node) => node.Reached >= Stage.To;

    /// <summary>Puts a host where it waits for a slot, when nothing else keeps it.</summary>
    private void Offer(Node node)
    {
        if (!InStage || node.Stage != stage || node.Ended || node.Doomed || node.Waiting > 0 || node.Slot != Slot.None || Holds(node))
        {
            return;
        }

        if (node.Reached is not null)
        {
            places.Add(node);
        }
        else if (node.Built)
        {
            copies.Add(node);
        }
    }

    private void FreeSlot(Node node)
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
            case Slot.Returning:
                returns.End(node);
                break;
        }

        node.Slot = Slot.None;
    }

    private void Reach(Node node, Milestone milestone)
    {
        node.Reached = milestone;
        if (Holds(node))
        {
            FreeSlot(node);
            HandOn(node);
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

    /// <summary>A host has come to the stage's milestone: those behind it, bridges between, wait for one less.</summary>
    private void HandOn(Node first)
    {
        var reached = new Stack<Node>([first]);
        while (reached.TryPop(out var node))
        {
            if (node.IsBridge)
            {
                node.Reached = Stage.To;
            }

            foreach (var dependent in node.Dependents.Where(d => --d.Waiting == 0))
            {
                if (dependent.IsBridge)
                {
                    reached.Push(dependent);
                }
                else
                {
                    Offer(dependent);
                }
            }
        }
    }

    private void Fail(Node node, HostFailed failed)
    {
        var wasCommitted = node.Reached == Milestone.Committed;
        failures++;
        node.Reached = wasCommitted ? node.Reached : null;
        BlockDependents(node);

        var allowed = plan.Budget.AllowedOf(plan.Hosts.Length);
        var scope = failures > allowed ? RollbackScope.Run : node.Stage >= 0 ? plan.Stages[node.Stage].OnFailure : RollbackScope.Host;
        if (scope != RollbackScope.Host && !halting)
        {
            halting = true;
            immediate.Enqueue(new Decision.Halt(failures, allowed, scope, node.Stage));
            Close(failures > allowed ? $"The run was halted: {failures} hosts failed, {allowed} may." : $"The run was halted because {node.Name} failed.");
        }
        else if ((node.Stage >= 0 && plan.Stages[node.Stage].StopOnFailure) || plan.OnFailure == OnFailure.Abort)
        {
            Close($"Not started because {node.Name} failed.");
        }

        // One that failed while it was watched goes back, with the others when they do.
        if (wasCommitted && (!halting || returning))
        {
            returns.Add(node);
        }

        // Last, for it may be the last of its stage: what follows must know of the failure.
        if (!failed.Touched)
        {
            End(node);
        }
    }

    /// <summary>All hosts or none: one that was refused spoils it as one that failed does.</summary>
    private void HaltUnlessBorne(Node node)
    {
        if (InStage && Stage.OnFailure == RollbackScope.Run && !halting)
        {
            halting = true;
            immediate.Enqueue(new Decision.Halt(failures, plan.Budget.AllowedOf(plan.Hosts.Length), RollbackScope.Run, stage));
            Close($"The run was halted because {node.Name} cannot be deployed.");
        }
    }

    /// <summary>A host's own work is over without the milestone, or it was taken back.</summary>
    private void End(Node node)
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

    private void LeaveStage(Node node)
    {
        inFlight -= node.InFlight ? 1 : 0;
        node.InFlight = false;
        copies.Remove(node);
        places.Remove(node);
        if (node.InStage)
        {
            node.InStage = false;
            openInStage--;
            Advance();
        }
    }

    /// <summary>Bridges hand on that what they stand for will not come.</summary>
    private void BlockDependents(Node first)
    {
        var lost = new Stack<Node>([first]);
        while (lost.TryPop(out var node))
        {
            foreach (var dependent in node.Dependents)
            {
                if (!dependent.IsBridge)
                {
                    Doom(dependent, new Decision.Block(dependent.Name, first.Name));
                }
                else if (!dependent.Ended)
                {
                    (dependent.Ended, dependent.Reached, dependent.Lost) = (true, null, first.Name);
                    lost.Push(dependent);
                }
            }
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
        foreach (var node in Hosts)
        {
            Doom(node, new Decision.Cancel(node.Name, reason));
        }
    }

    private void GiveBackWhenClosed(Node node)
    {
        if (whyClosed is { } reason)
        {
            Doom(node, new Decision.Cancel(node.Name, reason));
        }
    }

    /// <summary>Not while it is worked on: that comes to its own end, and what is held then is given back.</summary>
    private void Doom(Node node, Decision decision)
    {
        if (!node.Doomed && !node.Ended && node.Slot == Slot.None)
        {
            node.Doomed = true;
            copies.Remove(node);
            places.Remove(node);
            immediate.Enqueue(decision);
        }
    }

    /// <summary>In a halted run committed hosts go back, once nothing goes forward any more.</summary>
    private void ReturnWhenQuiet()
    {
        if (halt is { } why && !returning && inFlight == 0)
        {
            returning = true;
            var members = why.Scope == RollbackScope.Stage && why.Stage >= 0 ? plan.Stages[why.Stage].Hosts.ToHashSet() : null;
            returns.Begin(n => members is null || members.Contains(n.Name));
        }
    }
}
