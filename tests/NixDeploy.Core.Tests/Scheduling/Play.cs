using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Scheduling;

namespace NixDeploy.Tests.Scheduling;

/// <summary>Runs a plan with the scheduler alone: decisions end in random order, some of them badly.</summary>
internal sealed class Play
{
    private readonly DeploymentPlan plan;
    private readonly Random random;
    private readonly double failing;
    private readonly Scheduler scheduler;
    private readonly List<Decision> open = [];

    private Play(DeploymentPlan plan, int seed, double failing, IReadOnlyCollection<DeploymentEvent>? from)
    {
        (this.plan, this.failing, random) = (plan, failing, new Random(seed));
        Recorded = [.. from ?? [new RunStarted("run", "test", "generated", plan)]];
        State = Reducer.Fold(Recorded.Select(At));
        scheduler = Scheduler.From(plan, Recorded);
    }

    public RunState State { get; private set; }

    /// <summary>The run's events from its beginning, in order.</summary>
    public List<DeploymentEvent> Recorded { get; }

    /// <summary>By the number of recorded events: what the scheduler would decide then, and what was in flight.</summary>
    public Dictionary<int, SortedSet<string>> Pending { get; } = [];

    public List<HostName> Committed { get; } = [];

    public List<string> StartedTooEarly { get; } = [];

    public List<string> TakenBackTooEarly { get; } = [];

    /// <summary>Where limits of tags and of hosts were not kept.</summary>
    public List<string> OverLimit { get; } = [];

    /// <summary>Everything that was decided, in order.</summary>
    public List<Decision> Decisions { get; } = [];

    /// <summary>What went on after it had been decided that nothing does.</summary>
    public List<Decision> BegunAfterClose { get; } = [];

    public int MostActivating { get; private set; }

    public int MostCopying { get; private set; }

    public int MostInFlight { get; private set; }

    public static Play Through(DeploymentPlan plan, int seed, double failing, int stopAfterCommits = int.MaxValue, IReadOnlyCollection<DeploymentEvent>? from = null, double stopping = 0)
    {
        var play = new Play(plan, seed, failing, from);
        for (var steps = 0; ; steps++)
        {
            if (steps > 100 * (plan.Hosts.Length + 1))
            {
                throw new InvalidOperationException("The run does not come to an end.");
            }

            var next = play.scheduler.Next().ToList();
            play.Pending[play.Recorded.Count] = [.. play.open.Concat(next).Select(Key).OfType<string>()];
            next.ForEach(play.Begin);

            if (play.scheduler.Finished || play.Committed.Count >= stopAfterCommits)
            {
                return play;
            }

            if (play.open.Count == 0)
            {
                throw new InvalidOperationException($"Nothing is under way and nothing decided: {string.Join(", ", play.State.Hosts.Values.Select(h => $"{h.Host} {h.Status}"))}; {play.State.Halt}; {string.Join(" | ", plan.Stages.Select(s => $"{s.Name}: {string.Join(' ', s.Hosts)}"))}");
            }

            play.EndOne();
            if (play.random.NextDouble() < stopping)
            {
                play.Emit(new StopRequested());
                play.open.RemoveAll(d => d is Decision.Ask);
            }
        }
    }

    /// <summary>What is decided, so that two of them can be compared; <see langword="null"/> for builds, of which a part may be done.</summary>
    public static string? Key(Decision decision) => decision switch
    {
        Decision.Build => null,
        Decision.Bring bring => $"bring {bring.Host} to {bring.To}",
        Decision.RollBack back => $"roll back {back.Host}",
        Decision.Abandon abandon => $"{abandon.GetType().Name} {abandon.Host}",
        Decision.Bake bake => $"bake {bake.Stage} {string.Join(' ', bake.Hosts)}",
        Decision.Ask ask => $"ask {ask.Stage} {string.Join(' ', ask.Hosts)}",
        Decision.Halt halt => $"halt {halt.Scope} {halt.Stage} {halt.Reason}",
        _ => throw new ArgumentOutOfRangeException(nameof(decision)),
    };

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
        if (Intent(decision) is { } started)
        {
            Emit(started);
        }

        MostCopying = Math.Max(MostCopying, open.Count(d => d is Decision.Bring { To: Milestone.Prepared }));
        MostActivating = Math.Max(MostActivating, open.Count(d => d is Decision.Bring { To: > Milestone.Prepared }));
        MostInFlight = Math.Max(MostInFlight, open.Count(d => d is Decision.Bring));
        var activating = open.OfType<Decision.Bring>().Where(b => b.To > Milestone.Prepared).Select(b => Plan(b.Host)).ToList();
        OverLimit.AddRange(plan.Limits.Tags.Where(t => activating.Count(h => h.Tags.Contains(t.Key)) > t.Value).Select(t => $"tag {t.Key}"));
        OverLimit.AddRange(activating.Where(h => h.ParallelLimit < activating.Count).Select(h => $"beside {h.Host}"));
    }

    /// <summary>The event that is written before the work begins.</summary>
    private DeploymentEvent? Intent(Decision decision) => decision switch
    {
        Decision.Build build => new BuildStarted(build.Hosts),
        Decision.Bring { To: Milestone.Prepared } bring => new CopyStarted(bring.Host),
        Decision.Bring { To: Milestone.Tested } bring => new TestStarted(bring.Host),
        Decision.Bring bring when State.Hosts[bring.Host].Reached == Milestone.Healthy => new CommitStarted(bring.Host),
        Decision.Bring bring => new ActivationStarted(bring.Host, SystemRef.Unknown, RandomFleets.Toplevel("new")),
        Decision.RollBack back => new RollbackStarted(back.Host, "It is rolled back."),
        Decision.Bake bake => new BakeStarted(bake.Stage, bake.Hosts, bake.For),
        Decision.Ask ask => new ApprovalRequested(ask.Stage, ask.Hosts, ask.Gate.Prompt, ask.Gate.Timeout),
        _ => null,
    };

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
                Emit(Fails() ? new HostFailed(bring.Host, new Problem("ND0618", "Its test failed."), Activated: false) : new HostTested(bring.Host));
                break;
            case Decision.Bring bring when Fails():
                Emit(new HostFailed(bring.Host, new Problem("ND0400", "It broke."), Activated: true));
                Emit(Fails() ? new RollbackFailed(bring.Host, new Problem("ND0400", "It broke again."), Unknown: false) : new HostRolledBack(bring.Host, null, 1, false));
                break;
            case Decision.Bake bake:
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
                Emit(Fails() ? new ApprovalRefused(ask.Stage, null, "") : new ApprovalGiven(ask.Stage, "somebody"));
                break;
            case Decision.RollBack back:
                Emit(new HostRolledBack(back.Host, null, 1, false));
                break;
            case Decision.Block or Decision.Cancel or Decision.Defer when State.Hosts[((Decision.Abandon)decision).Host].Reached == Milestone.Healthy:
                Emit(new RollbackStarted(((Decision.Abandon)decision).Host, "It does not go on."));
                Emit(new HostRolledBack(((Decision.Abandon)decision).Host, null, 1, false));
                break;
            case Decision.Block block:
                Emit(new HostBlocked(block.Host, new Problem("ND0601", "It waits."), block.Because));
                break;
            case Decision.Defer defer:
                Emit(new HostUnreachable(defer.Host, UnreachableRules.Behind(defer.Because), Deferred: true, defer.Because));
                break;
            case Decision.Cancel cancel:
                Emit(new HostCancelled(cancel.Host, cancel.Reason));
                break;
            case Decision.Halt halt:
                Emit(new RunHalted(halt.Failed, halt.Allowed) { Reason = halt.Reason, Scope = halt.Scope, Stage = Math.Max(0, halt.Stage) });
                break;
        }
    }

    private void Emit(DeploymentEvent happened)
    {
        Recorded.Add(happened);
        State = Reducer.Apply(State, At(happened, Recorded.Count));
        scheduler.Observe(happened);
    }

    private static RecordedEvent At(DeploymentEvent happened, int number) => new(number, DateTimeOffset.UnixEpoch, happened, "");

    private bool Fails() => random.NextDouble() < failing;
}
