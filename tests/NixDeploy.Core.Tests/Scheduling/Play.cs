using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Scheduling;

namespace NixDeploy.Tests.Scheduling;

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

    /// <summary>Where limits of tags and of hosts were not kept.</summary>
    public List<string> OverLimit { get; } = [];

    /// <summary>Everything that was decided, in order.</summary>
    public List<Decision> Decisions { get; } = [];

    /// <summary>Everything that happened since the beginning of this play, in order.</summary>
    public List<DeploymentEvent> Happened { get; } = [];

    /// <summary>What went on after it had been decided that nothing does.</summary>
    public List<Decision> BegunAfterClose { get; } = [];

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

            if (play.open.Count == 0)
            {
                throw new InvalidOperationException($"Nothing is under way and nothing decided: {string.Join(", ", play.State.Hosts.Values.Select(h => $"{h.Host} {h.Status}"))}; {play.State.Halt}; {string.Join(" | ", plan.Stages.Select(s => $"{s.Name}: {string.Join(' ', s.Hosts)}"))}");
            }

            play.EndOne();
        }
    }

    private void Begin(Decision decision)
    {
        if (decision is Decision.Bring or Decision.Ask or Decision.Bake && Decisions.Any(d => d is Decision.Halt or Decision.Cancel))
        {
            BegunAfterClose.Add(decision);
        }

        Decisions.Add(decision);
        if (decision is Decision.Bring bring)
        {
            var stage = plan.Stages.First(s => s.Hosts.Contains(bring.Host) && !(State.Hosts[bring.Host].Reached >= s.To));
            StartedTooEarly.AddRange(Behind(bring.Host).Where(d => !(State.Hosts[d].Reached >= stage.To) && State.Hosts[d].Status != HostStatus.Skipped).Select(d => $"{bring.Host} before {d}"));
        }

        if (decision is Decision.RollBack back)
        {
            TakenBackTooEarly.AddRange(plan.Hosts.Where(h => Behind(h.Host).Contains(back.Host) && State.Halt?.Scope == RollbackScope.Run && State.Hosts[h.Host].Status == HostStatus.Deployed).Select(h => $"{back.Host} before {h.Host}"));
        }

        open.Add(decision);
        MostCopying = Math.Max(MostCopying, open.Count(d => d is Decision.Bring { To: Milestone.Prepared }));
        MostActivating = Math.Max(MostActivating, open.Count(d => d is Decision.Bring { To: > Milestone.Prepared }));
        MostInFlight = Math.Max(MostInFlight, open.Count(d => d is Decision.Bring));
        var activating = open.OfType<Decision.Bring>().Where(b => b.To > Milestone.Prepared).Select(b => Plan(b.Host)).ToList();
        OverLimit.AddRange(plan.Limits.Tags.Where(t => activating.Count(h => h.Tags.Contains(t.Key)) > t.Value).Select(t => $"tag {t.Key}"));
        OverLimit.AddRange(activating.Where(h => h.ParallelLimit < activating.Count).Select(h => $"beside {h.Host}"));
    }

    private HostPlan Plan(HostName host) => plan.Hosts.Single(h => h.Host == host);

    /// <summary>The hosts of the plan that a host waits for, over bridges too.</summary>
    private HashSet<HostName> Behind(HostName host)
    {
        var found = new HashSet<HostName>();
        var todo = new Stack<HostName>(Plan(host).After);
        while (todo.TryPop(out var next))
        {
            if (plan.Bridges.FirstOrDefault(b => b.Host == next) is { } bridge)
            {
                foreach (var further in bridge.After)
                {
                    todo.Push(further);
                }
            }
            else
            {
                found.Add(next);
            }
        }

        return found;
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
            case Decision.Bring { To: Milestone.Prepared } bring when Plan(bring.Host).Unreachable is not UnreachablePolicy.Fail and var off && Fails():
                Emit(new HostUnreachable(bring.Host, new Problem("ND0510", "It is gone."), off == UnreachablePolicy.Defer, Because: null));
                break;
            case Decision.Bring { To: Milestone.Prepared } bring:
                Emit(Fails() ? new HostFailed(bring.Host, new Problem("ND0400", "It broke."), Activated: false) : new HostCopied(bring.Host, 1, 1, 1));
                break;
            case Decision.Bring { To: Milestone.Tested } bring:
                Emit(new TestStarted(bring.Host));
                Emit(Fails() ? new HostFailed(bring.Host, new Problem("ND0618", "Its test failed."), Activated: false) : new HostTested(bring.Host));
                break;
            case Decision.Bring bring when Fails():
                Emit(new ActivationStarted(bring.Host, SystemRef.Unknown, RandomFleets.Toplevel("new")));
                Emit(new HostFailed(bring.Host, new Problem("ND0400", "It broke."), Activated: true));
                Emit(Fails() ? new RollbackFailed(bring.Host, new Problem("ND0400", "It broke again."), Unknown: false) : new HostRolledBack(bring.Host, null, 1, false));
                break;
            case Decision.Bake bake:
                Emit(new BakeStarted(bake.Stage, bake.Hosts, bake.For));
                var wanting = bake.Hosts.Where(_ => Fails()).ToList();
                wanting.ForEach(h => Emit(new HostFailed(h, new Problem("ND0801", "It was not healthy any more."), Activated: true)));
                Emit(new BakeEnded(bake.Stage, wanting.Count == 0));
                break;
            case Decision.Bring bring:
                Emit(new HostHealthy(bring.Host));
                if (bring.To == Milestone.Committed)
                {
                    Committed.Add(bring.Host);
                    Emit(new HostCommitted(bring.Host, 2));
                }

                break;
            case Decision.Ask ask:
                Emit(new ApprovalRequested(ask.Stage, ask.Hosts, ask.Gate.Prompt, ask.Gate.Timeout));
                Emit(Fails() ? new ApprovalRefused(ask.Stage, null, "") : new ApprovalGiven(ask.Stage, "somebody"));
                break;
            case Decision.RollBack back:
                Emit(new HostRolledBack(back.Host, null, 1, false));
                break;
            case Decision.Block or Decision.Cancel or Decision.Defer when State.Hosts[HostOf(decision)].Reached == Milestone.Healthy:
                Emit(new RollbackStarted(HostOf(decision), "It does not go on."));
                Emit(new HostRolledBack(HostOf(decision), null, 1, false));
                break;
            case Decision.Block block:
                Emit(new HostBlocked(block.Host, new Problem("ND0601", "It waits."), block.Because));
                break;
            case Decision.Defer off:
                Emit(new HostUnreachable(off.Host, UnreachableRules.Behind(off.Because), Deferred: true, off.Because));
                break;
            case Decision.Cancel cancel:
                Emit(new HostCancelled(cancel.Host, cancel.Reason));
                break;
            case Decision.Halt halt:
                Emit(new RunHalted(halt.Failed, halt.Allowed) { Reason = halt.Reason, Scope = halt.Scope, Stage = Math.Max(0, halt.Stage) });
                break;
        }
    }

    private static HostName HostOf(Decision decision) => decision switch
    {
        Decision.Block block => block.Host,
        Decision.Defer off => off.Host,
        _ => ((Decision.Cancel)decision).Host,
    };

    private void Emit(DeploymentEvent happened)
    {
        State = Reducer.Apply(State, Recorded(happened));
        Happened.Add(happened);
        scheduler.Observe(happened);
    }

    private RecordedEvent Recorded(DeploymentEvent happened) => new(++sequence, DateTimeOffset.UnixEpoch, happened, "");

    private bool Fails() => random.NextDouble() < failing;
}
