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
    private readonly SortedSet<Node> copyable = new(Node.ByOrder);
    private readonly SortedSet<Node> activatable = new(Node.ByOrder);
    private readonly SortedSet<Node> returnable = new(Node.ByOrder);
    private readonly Queue<Decision> immediate = new();
    private readonly Dictionary<Slot, int> taken = new() { [Slot.Copying] = 0, [Slot.Activating] = 0, [Slot.Returning] = 0 };
    private int stage = -1;
    private int openInStage;
    private int inFlight;
    private int openHosts;
    private int failures;
    private bool closed;
    private bool halting;
    private bool halted;

    private Scheduler(DeploymentPlan plan)
    {
        this.plan = plan;
        nodes = plan.Hosts.ToDictionary(h => h.Host, h => new Node(h));
        foreach (var node in nodes.Values)
        {
            foreach (var dependency in node.Plan.After)
            {
                nodes[dependency].Dependents.Add(node);
            }
        }
    }

    /// <summary>Whether nothing is left to decide, and nothing is on its way.</summary>
    public bool Finished => immediate.Count == 0 && taken.Values.Sum() == 0 && openHosts == 0 && returnable.Count == 0
        && halting == halted;

    private bool InStage => stage < plan.Stages.Length;

    private Stage Stage => plan.Stages[stage];

    /// <summary>The scheduler of a plan whose run has come so far.</summary>
    public static Scheduler From(DeploymentPlan plan, RunState state)
    {
        var scheduler = new Scheduler(plan) { failures = state.Failures, openHosts = plan.Hosts.Length, halting = state.Halted, halted = state.Halted };
        foreach (var node in scheduler.nodes.Values)
        {
            var progress = state.Hosts[node.Name];
            node.Built = node.Plan.Generation is not null || progress.Built;
            node.Reached = progress.Reached;
            node.Ended = progress.Ended;
            scheduler.openHosts -= node.Ended ? 1 : 0;
        }

        ImmutableArray<HostName> unbuilt = [.. plan.Hosts.Where(h => scheduler.nodes[h.Host] is { Built: false, Ended: false }).Select(h => h.Host)];
        if (unbuilt.Length > 0)
        {
            scheduler.immediate.Enqueue(new Decision.Build(unbuilt));
        }

        scheduler.EnterNextStage();
        return scheduler;
    }

    /// <summary>What can begin now; each decision is given once.</summary>
    public IEnumerable<Decision> Next()
    {
        while (immediate.TryDequeue(out var decision))
        {
            yield return decision;
        }

        while (InStage && !closed && inFlight < (Stage.MaxInFlight ?? int.MaxValue) && Take(copyable, Slot.Copying, plan.Limits.Copies) is { } node)
        {
            inFlight++;
            node.InFlight = true;
            yield return new Decision.Bring(node.Name, Milestone.Prepared);
        }

        while (InStage && Take(activatable, Slot.Activating, plan.Limits.Activations) is { } node)
        {
            inFlight += node.InFlight ? 0 : 1;
            node.InFlight = true;
            yield return new Decision.Bring(node.Name, Stage.To);
        }

        while (Take(returnable, Slot.Returning, plan.Limits.Activations) is { } node)
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
            case HostNeedsReboot or HostBlocked or HostCancelled or HostRestored or RestoreFailed:
                End(nodes[((HostEvent)happened).Host]);
                break;
            case StopRequested:
                Close("The run was stopped before it began.");
                break;
            case RunHalted:
                halting = true;
                halted = true;
                OfferReturns();
                break;
        }
    }

    private void EnterNextStage()
    {
        do
        {
            stage++;
            if (!InStage)
            {
                return;
            }

            openInStage = 0;
            for (var i = 0; i < Stage.Hosts.Length; i++)
            {
                var node = nodes[Stage.Hosts[i]];
                node.Order = i;
                node.Waiting = node.Plan.After.Count(d => !Holds(nodes[d]));
                openInStage += node.Ended || Holds(node) ? 0 : 1;
            }
        }
        while (openInStage == 0);

        foreach (var node in Stage.Hosts.Select(h => nodes[h]))
        {
            if (node.Plan.After.Select(d => nodes[d]).FirstOrDefault(d => d.Ended && !Holds(d)) is { } lost)
            {
                Doom(node, new Decision.Block(node.Name, lost.Name));
            }

            Offer(node);
        }
    }

    /// <summary>Whether the host has what the current stage is to bring it to.</summary>
    private bool Holds(Node node) => node.Reached >= Stage.To;

    /// <summary>Puts a host where it waits for a slot, when nothing else keeps it.</summary>
    private void Offer(Node node)
    {
        if (!InStage || node.Ended || node.Doomed || node.Waiting > 0 || node.Slot != Slot.None || Holds(node))
        {
            return;
        }

        if (node.Reached is null)
        {
            if (node.Built)
            {
                copyable.Add(node);
            }
        }
        else
        {
            activatable.Add(node);
        }
    }

    private Node? Take(SortedSet<Node> waiting, Slot slot, int limit)
    {
        if (waiting.Min is not { } node || taken[slot] >= limit)
        {
            return null;
        }

        waiting.Remove(node);
        node.Slot = slot;
        taken[slot]++;
        return node;
    }

    private void FreeSlot(Node node)
    {
        if (node.Slot != Slot.None)
        {
            taken[node.Slot]--;
            node.Slot = Slot.None;
        }
    }

    private void Reach(Node node, Milestone milestone)
    {
        node.Reached = milestone;
        if (Holds(node))
        {
            FreeSlot(node);
            foreach (var dependent in node.Dependents)
            {
                dependent.Waiting--;
                Offer(dependent);
            }

            if (milestone == Milestone.Committed)
            {
                node.Ended = true;
                openHosts--;
            }

            LeaveStage(node);
            OfferReturns();
        }
        else if (node.Slot == Slot.Copying)
        {
            FreeSlot(node);
            Offer(node);
        }
    }

    private void Fail(Node node, HostFailed failed)
    {
        node.Reached = null;
        failures++;
        BlockDependents(node);
        if (!failed.Touched)
        {
            End(node);
        }

        var allowed = plan.Budget.AllowedOf(plan.Hosts.Length);
        if (failures > allowed && !halting)
        {
            halting = true;
            immediate.Enqueue(new Decision.Halt(failures, allowed));
            Close($"The run was halted: {failures} hosts failed, {allowed} may.");
        }
        else if ((InStage && Stage.StopOnFailure) || plan.OnFailure == OnFailure.Abort)
        {
            Close($"Not started because {node.Name} failed.");
        }
    }

    /// <summary>A host's own work is over without the milestone, or it was taken back.</summary>
    private void End(Node node)
    {
        FreeSlot(node);
        node.Reached = null;
        if (!node.Ended)
        {
            node.Ended = true;
            openHosts--;
            BlockDependents(node);
            LeaveStage(node);
        }

        OfferReturns();
    }

    private void LeaveStage(Node node)
    {
        inFlight -= node.InFlight ? 1 : 0;
        node.InFlight = false;
        copyable.Remove(node);
        activatable.Remove(node);
        if (--openInStage == 0)
        {
            EnterNextStage();
        }
    }

    private void BlockDependents(Node node)
    {
        foreach (var dependent in node.Dependents)
        {
            Doom(dependent, new Decision.Block(dependent.Name, node.Name));
        }
    }

    /// <summary>No further host is started.</summary>
    private void Close(string reason)
    {
        if (closed)
        {
            return;
        }

        closed = true;
        foreach (var node in nodes.Values.Where(n => !n.InFlight))
        {
            Doom(node, new Decision.Cancel(node.Name, reason));
        }
    }

    private void Doom(Node node, Decision decision)
    {
        if (!node.Doomed && !node.Ended)
        {
            node.Doomed = true;
            copyable.Remove(node);
            immediate.Enqueue(decision);
        }
    }

    /// <summary>In a halted run, the committed hosts that no committed host depends on go back next.</summary>
    private void OfferReturns()
    {
        if (halted && inFlight == 0)
        {
            foreach (var node in nodes.Values.Where(n => n.Reached == Milestone.Committed && n.Slot == Slot.None && n.Dependents.All(d => d.Reached != Milestone.Committed)))
            {
                returnable.Add(node);
            }
        }
    }
}
