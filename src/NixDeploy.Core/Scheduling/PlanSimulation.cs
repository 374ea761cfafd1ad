using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>Runs a plan through the scheduler with its hosts' estimates, in virtual time, to tell how long it takes.</summary>
internal sealed class PlanSimulation
{
    private readonly Scheduler scheduler;
    private readonly Dictionary<HostName, HostEstimate> estimates;

    /// <summary>The hosts that a stage has brought to <see cref="Milestone.Healthy"/>: only the commit is left of them.</summary>
    private readonly HashSet<HostName> healthy = [];

    /// <summary>What will happen, by the ticks since the run's beginning.</summary>
    private readonly PriorityQueue<DeploymentEvent, long> agenda = new();
    private long now;

    private PlanSimulation(DeploymentPlan plan) =>
        (scheduler, estimates) = (new Scheduler(plan), plan.Hosts.ToDictionary(h => h.Host, h => h.Estimate));

    /// <summary>How long the plan takes when nothing fails, and how long one host after the other would.</summary>
    public static PlanEstimate Of(DeploymentPlan plan)
    {
        var build = plan.Hosts.Select(h => h.Estimate.Build).DefaultIfEmpty(TimeSpan.Zero).Max();
        var bakes = plan.Stages.Aggregate(TimeSpan.Zero, (sum, s) => sum + (s.Bake ?? TimeSpan.Zero));
        var sequential = plan.Hosts.Aggregate(build + bakes, (sum, h) => sum + h.Estimate.Work);
        return new PlanEstimate(new PlanSimulation(plan).Run(), sequential);
    }

    private TimeSpan Run()
    {
        while (true)
        {
            foreach (var decision in scheduler.Next())
            {
                Carry(decision);
            }

            if (!agenda.TryDequeue(out var happened, out var at))
            {
                return TimeSpan.FromTicks(now);
            }

            now = at;

            // Everything of one moment is over before any host takes a place that it freed.
            scheduler.Observe(happened);
            while (agenda.TryPeek(out _, out var then) && then == now)
            {
                scheduler.Observe(agenda.Dequeue());
            }
        }
    }

    private void Carry(Decision decision)
    {
        switch (decision)
        {
            case Decision.Build build:
                foreach (var host in build.Hosts)
                {
                    After(estimates[host].Build, new HostBuilt(host));
                }

                break;
            case Decision.Bring { To: Milestone.Prepared } bring:
                After(estimates[bring.Host].Copy, new HostCopied(bring.Host, Paths: 0, Bytes: 0, Fence: 0));
                break;
            case Decision.Bring { To: Milestone.Tested } bring:
                After(TimeSpan.Zero, new HostTested(bring.Host));
                break;
            case Decision.Bring { To: Milestone.Healthy } bring:
                healthy.Add(bring.Host);
                After(estimates[bring.Host].Activate + estimates[bring.Host].Verify, new HostHealthy(bring.Host));
                break;
            case Decision.Bring bring:
                After(healthy.Contains(bring.Host) ? estimates[bring.Host].Commit : estimates[bring.Host].InPlace, new HostCommitted(bring.Host, Generation: null));
                break;
            case Decision.Bake bake:
                After(bake.For, new BakeEnded(bake.Stage, Passed: true));
                break;
            case Decision.Ask ask:
                After(TimeSpan.Zero, new ApprovalGiven(ask.Stage, By: ""));
                break;
            default:
                throw new InvalidOperationException($"Nothing fails in a simulation, and yet it was decided: {decision}.");
        }
    }

    private void After(TimeSpan time, DeploymentEvent happens) => agenda.Enqueue(happens, now + time.Ticks);
}
