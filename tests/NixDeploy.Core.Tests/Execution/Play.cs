using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Tests.Execution;

/// <summary>Plays a plan with the scheduler alone: decisions end in random order, some of them badly.</summary>
internal sealed class Play
{
    private readonly DeploymentPlan plan;
    private readonly Random random;
    private readonly double failing;
    private readonly Scheduler scheduler;
    private readonly List<Decision> open = [];
    private long sequence;

    private Play(DeploymentPlan plan, int seed, double failing, RunState? from)
    {
        (this.plan, this.failing, random) = (plan, failing, new Random(seed));
        State = from ?? Reducer.Apply(RunState.Empty, Recorded(new RunStarted("run", "test", "generated", plan)));
        scheduler = Scheduler.From(plan, State);
    }

    public RunState State { get; private set; }

    public List<HostName> Committed { get; } = [];

    public List<string> StartedTooEarly { get; } = [];

    public List<string> TakenBackTooEarly { get; } = [];

    public int MostActivating { get; private set; }

    public int MostCopying { get; private set; }

    public int MostInFlight { get; private set; }

    public static Play Through(DeploymentPlan plan, int seed, double failing, int stopAfterCommits = int.MaxValue, RunState? from = null)
    {
        var play = new Play(plan, seed, failing, from);
        for (var steps = 0; ; steps++)
        {
            if (steps > 100 * (plan.Hosts.Length + 1))
            {
                throw new InvalidOperationException("The run does not come to an end.");
            }

            foreach (var decision in play.scheduler.Next())
            {
                play.Begin(decision);
            }

            if (play.scheduler.Finished || play.Committed.Count >= stopAfterCommits)
            {
                return play;
            }

            play.EndOne();
        }
    }

    private void Begin(Decision decision)
    {
        if (decision is Decision.Bring { To: Milestone.Prepared } bring)
        {
            var host = plan.Hosts.Single(h => h.Host == bring.Host);
            StartedTooEarly.AddRange(host.After.Where(d => State.Hosts[d].Reached != Milestone.Committed).Select(d => $"{bring.Host} before {d}"));
        }

        if (decision is Decision.TakeBack back)
        {
            TakenBackTooEarly.AddRange(plan.Hosts.Where(h => h.After.Contains(back.Host) && State.Hosts[h.Host].Status == HostStatus.Deployed).Select(h => $"{back.Host} before {h.Host}"));
        }

        open.Add(decision);
        MostCopying = Math.Max(MostCopying, open.Count(d => d is Decision.Bring { To: Milestone.Prepared }));
        MostActivating = Math.Max(MostActivating, open.Count(d => d is Decision.Bring { To: > Milestone.Prepared }));
        MostInFlight = Math.Max(MostInFlight, open.Count(d => d is Decision.Bring));
    }

    private void EndOne()
    {
        var decision = open[random.Next(open.Count)];
        open.Remove(decision);
        switch (decision)
        {
            case Decision.Build build:
                Emit(new BuildStarted(build.Hosts));
                foreach (var host in build.Hosts)
                {
                    Emit(Fails() ? new HostBlocked(host, new Problem("ND0301", "It does not build."), null) : new HostBuilt(host));
                }

                break;
            case Decision.Bring { To: Milestone.Prepared } bring:
                Emit(Fails() ? new HostFailed(bring.Host, new Problem("ND0400", "It broke."), Touched: false) : new HostCopied(bring.Host, 1, 1, 1));
                break;
            case Decision.Bring bring when Fails():
                Emit(new TryStarted(bring.Host, SystemRef.Unknown, RandomFleets.Toplevel("new")));
                Emit(new HostFailed(bring.Host, new Problem("ND0400", "It broke."), Touched: true));
                Emit(Fails() ? new RestoreFailed(bring.Host, new Problem("ND0400", "It broke again."), Unknown: false) : new HostRestored(bring.Host, null, 1, false));
                break;
            case Decision.Bring bring:
                Emit(new HostHealthy(bring.Host));
                if (bring.To == Milestone.Committed)
                {
                    Committed.Add(bring.Host);
                    Emit(new HostCommitted(bring.Host, 2));
                }

                break;
            case Decision.TakeBack back:
                Emit(new HostRestored(back.Host, null, 1, false));
                break;
            case Decision.Block block:
                Emit(new HostBlocked(block.Host, new Problem("ND0601", "It waits."), block.Because));
                break;
            case Decision.Cancel cancel:
                Emit(new HostCancelled(cancel.Host, cancel.Reason));
                break;
            case Decision.Halt halt:
                Emit(new RunHalted(halt.Failed, halt.Allowed));
                break;
        }
    }

    private void Emit(DeploymentEvent happened)
    {
        State = Reducer.Apply(State, Recorded(happened));
        scheduler.Observe(happened);
    }

    private RecordedEvent Recorded(DeploymentEvent happened) => new(++sequence, DateTimeOffset.UnixEpoch, happened, "");

    private bool Fails() => random.NextDouble() < failing;
}
