using NixDeploy.Events;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>
/// What to do next, as a function of the plan and of the events so far. Events of the run that goes on and recorded ones are observed alike, so
/// resuming is the same as running. It knows no strategy, and looks at a host only when an event concerns it: an event costs the same in a
/// large fleet.
/// </summary>
internal sealed class Scheduler
{
    private readonly ExecutionGraph graph;
    private readonly StartQueue starts;
    private readonly Abandonment abandonment;
    private readonly StageSequence stages;
    private readonly Halting halting;
    private readonly HostTransitions hosts;

    /// <summary>Decided and not given yet; what has been overtaken by events since is not given.</summary>
    private readonly Queue<Decision> decided = new();

    /// <summary>The scheduler of a run that begins.</summary>
    public Scheduler(DeploymentPlan plan)
    {
        graph = new ExecutionGraph(plan);
        starts = new StartQueue(plan.Limits);
        abandonment = new Abandonment(graph, starts, decided);
        stages = new StageSequence(plan, graph, starts, abandonment, decided);
        halting = new Halting(plan, graph, starts, abandonment, decided);
        hosts = new HostTransitions(plan, starts, abandonment, stages, halting);
        foreach (var node in graph.Hosts)
        {
            node.Built = node.Plan.Generation is not null;
        }

        decided.Enqueue(new Decision.Build([.. plan.Hosts.Where(h => h.Generation is null).Select(h => h.Host)]));
        stages.Advance();
    }

    /// <summary>Whether nothing is left to decide, and nothing is in flight.</summary>
    public bool Finished => decided.Count == 0 && stages.Gate is null && starts.AreDone && hosts.Open == 0 && halting.AreDone;

    /// <summary>The scheduler of a run that has come so far; what was in flight is decided again.</summary>
    public static Scheduler From(DeploymentPlan plan, IEnumerable<DeploymentEvent> recorded)
    {
        var scheduler = new Scheduler(plan);
        foreach (var happened in recorded)
        {
            scheduler.Observe(happened);
        }

        foreach (var node in scheduler.graph.Hosts.Where(n => n.Slot != Slot.None))
        {
            scheduler.decided.Enqueue(node.Slot switch
            {
                Slot.RollingBack => new Decision.RollBack(node.Name),
                Slot.Copying => new Decision.Bring(node.Name, Milestone.Prepared),
                _ => new Decision.Bring(node.Name, scheduler.stages.Current.To),
            });
        }

        return scheduler;
    }

    /// <summary>What can begin now; each decision is given once.</summary>
    public IEnumerable<Decision> Next()
    {
        while (decided.TryDequeue(out var decision))
        {
            if (StillToDo(decision) is { } open)
            {
                yield return open;
            }
        }

        while (stages.IsOpen && abandonment.Closed is null && starts.TakeToCopy(stages.Current) is { } node)
        {
            yield return new Decision.Bring(node.Name, Milestone.Prepared);
        }

        while (stages.IsOpen && hosts.MayActivate && starts.TakeToActivate(stages.Current) is { } node)
        {
            yield return new Decision.Bring(node.Name, stages.Current.To);
        }

        while (halting.Take() is { } node)
        {
            yield return new Decision.RollBack(node.Name);
        }
    }

    /// <summary>Takes in what happened, or was recorded to have happened.</summary>
    public void Observe(DeploymentEvent happened)
    {
        switch (happened)
        {
            case HostEvent e:
                if (graph.Find(e.Host) is { } node)
                {
                    hosts.Observe(node, e);
                }

                break;
            case StopRequested:
                abandonment.Close(new CancelReason.Stopped());
                if (stages.Gate is Gate.Approval)
                {
                    // The approval is not waited for any more; a bake records itself that it is over.
                    stages.Pass(stages.Place, typeof(Gate.Approval));
                }

                break;
            case RunHalted e:
                halting.Halt(e);
                break;
            case BakeEnded e:
                stages.Pass(e.Stage, typeof(Gate.Bake));
                break;
            case ApprovalGiven e:
                stages.Pass(e.Stage, typeof(Gate.Approval));
                break;
            case ApprovalRefused e:
                halting.Disapprove(e);
                stages.Pass(e.Stage, typeof(Gate.Approval));
                break;
        }
    }

    /// <summary>What events have not overtaken of a decision; <see langword="null"/>: nothing is left to do of it.</summary>
    private Decision? StillToDo(Decision decision) => decision switch
    {
        Decision.Build build => build.Hosts.RemoveAll(h => graph[h] is { Built: true } or { Ended: true }) is { IsEmpty: false } unbuilt ? new Decision.Build(unbuilt) : null,
        Decision.Bake bake => stages.IsPassed(bake.Stage, typeof(Gate.Bake)) ? null : bake,
        Decision.Ask ask => stages.IsPassed(ask.Stage, typeof(Gate.Approval)) ? null : ask,
        Decision.Halt => halting.IsHalted ? null : decision,
        Decision.Abandon abandon => graph[abandon.Host] is { Ended: false } node && ReferenceEquals(node.Abandoned, abandon) ? abandon : null,
        _ => decision,
    };
}
