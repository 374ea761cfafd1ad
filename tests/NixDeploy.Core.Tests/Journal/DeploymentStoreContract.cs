using NixDeploy.Changes;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Journal;
using NixDeploy.Planning;
using NixDeploy.Tests.Events;
using NixDeploy.Tests.Planning;

namespace NixDeploy.Tests.Journal;

/// <summary>What every store does. Runs have ids of their own, so that a store may be shared by the tests.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public abstract class DeploymentStoreContract
{
    private static readonly HostName Host = HostName.Parse("p620");

    private static readonly Problem Sleeps = new("ND0513", "p620 sleeps");

    private readonly string run = $"run-{Guid.NewGuid():N}";

    private static IEnumerable<TestCaseData> LaterRuns =>
    [
        Later("was stopped", isListed: true, new HostCancelled(Host, new CancelReason.Stopped())),
        Later("was blocked", isListed: true, new HostBlocked(Host, Sleeps, null)),
        Later("skipped it as unreachable", isListed: true, new HostUnreachable(Host, Sleeps, Deferred: false, null)),
        Later("was a dry activation", isListed: true, new HostDryActivated(Host, new DryActivation())),
        Later("failed", isListed: true, new HostFailed(Host, Sleeps, Activated: true), new HostRolledBack(Host, null, 1, false)),
        Later("was halted", isListed: true, new HostCommitted(Host, 2), new RollbackStarted(Host, "halted"), new HostRolledBack(Host, null, 1, false)),
        Later("did not get it back", isListed: true, new HostCommitted(Host, 2), new RollbackStarted(Host, "halted"), new RollbackFailed(Host, Sleeps, Unknown: false)),
        Later("lost it, and its guard rolled back", isListed: true, new RollbackFailed(Host, Sleeps, Unknown: true), new HostConcluded(Host, Conclusion.RolledBack, TransactionReason.Deadline, null, 1, null)),
        Later("lost it, and it went on", isListed: false, new RollbackFailed(Host, Sleeps, Unknown: true), new HostConcluded(Host, Conclusion.Committed, TransactionReason.Verdict, null, 2, null)),
        Later("deployed it", isListed: false, new HostCommitted(Host, 2), new CheckObserved(Host, "c", true, "")),
        Later("deployed another", isListed: true, new HostCommitted(HostName.Parse("razer"), 2)),
        Later("deployed it until its next boot", isListed: false, new HostKept(Host)),
    ];

    private static TestCaseData Later(string what, bool isListed, params DeploymentEvent[] events) =>
        new TestCaseData(events, isListed).SetArgDisplayNames(what, isListed ? "listed" : "not listed");

    /// <summary>Opens the store; a second call opens the same one once more, as another process would.</summary>
    protected abstract Task<IDeploymentStore> OpenAsync();

    [Test]
    public async Task I_can_read_what_was_appended_tick_by_tick()
    {
        await using var store = await OpenAsync();
        var events = Chain.Of(EventGen.OneOfEach());
        await store.AppendAsync(run, events, default);
        var read = await ReadAsync(store, 1);
        Assert.That(read.Select(e => (e.Sequence, e.At, e.Hash)), Is.EqualTo(events.Select(e => (e.Sequence, e.At, e.Hash))));
        Assert.That(read.Select(e => EventJson.Write(e.Event)), Is.EqualTo(events.Select(e => EventJson.Write(e.Event))));
        Assert.That(AuditChain.FirstBroken(read), Is.Null);
    }

    [Test]
    public async Task I_can_read_from_any_number()
    {
        await using var store = await OpenAsync();
        var events = Chain.Of(Enumerable.Repeat(new HostBuilt(Host), 1234));
        await store.AppendAsync(run, events[..700], default);
        await store.AppendAsync(run, events[700..], default);
        Assert.That(await ReadAsync(store, 1), Is.EqualTo(events));
        Assert.That(await ReadAsync(store, 0), Has.Count.EqualTo(1234));
        Assert.That(await ReadAsync(store, 1000), Is.EqualTo(events[999..]));
        Assert.That(await ReadAsync(store, 1235), Is.Empty);
    }

    [Test]
    public async Task Runs_do_not_see_each_other()
    {
        await using var store = await OpenAsync();
        await store.AppendAsync(run + "a", Chain.Of(new HostBuilt(Host)), default);
        await store.AppendAsync(run + "b", Chain.Of(new HostActivated(Host)), default);
        Assert.That(await ReadAsync(store, 1), Is.Empty);
    }

    [Test]
    public async Task Nothing_appended_is_nothing_changed()
    {
        await using var store = await OpenAsync();
        await store.AppendAsync(run, [], default);
        Assert.That(await ReadAsync(store, 1), Is.Empty);
    }

    [TestCase(1, TestName = "An append that repeats an event is refused")]
    [TestCase(4, TestName = "An append with a gap before it is refused")]
    public async Task An_append_that_does_not_follow_is_refused(int first)
    {
        await using var store = await OpenAsync();
        var events = Chain.Of(Enumerable.Repeat(new HostBuilt(Host), 6));
        await store.AppendAsync(run, events[..2], default);
        Assert.That(() => store.AppendAsync(run, events[(first - 1)..], default), Throws.TypeOf<StateException>());
        Assert.That(await ReadAsync(store, 1), Is.EqualTo(events[..2]));
    }

    [Test]
    public async Task A_group_is_appended_whole_or_not_at_all()
    {
        await using var store = await OpenAsync();
        var events = Chain.Of(Enumerable.Repeat(new HostBuilt(Host), 6));
        Assert.That(() => store.AppendAsync(run, [events[0], events[1], events[4]], default), Throws.TypeOf<StateException>());
        Assert.That(await ReadAsync(store, 1), Is.Empty);
        await store.AppendAsync(run, events, default);
        Assert.That(await ReadAsync(store, 1), Is.EqualTo(events));
    }

    [Test]
    public async Task Of_two_that_write_one_run_at_once_one_wins_each_number()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        var events = Chain.Of(Enumerable.Repeat(new HostBuilt(Host), 40));
        var wins = await Task.WhenAll(new[] { one, other, one, other }.Select(store => Task.Run(async () =>
        {
            var won = 0;
            foreach (var recorded in events)
            {
                try
                {
                    await store.AppendAsync(run, [recorded], default);
                    won++;
                }
                catch (StateException)
                {
                    // Another was first.
                }
            }

            return won;
        })));
        Assert.That(await ReadAsync(one, 1), Has.Count.EqualTo(wins.Sum()));
        Assert.That(AuditChain.FirstBroken(await ReadAsync(other, 1)), Is.Null);
    }

    [Test]
    public async Task Runs_are_listed_newest_first_with_fleet_outcome_and_head_whatever_the_clock_said()
    {
        await using var store = await OpenAsync();
        var plan = PlanGen.One();
        var ahead = new DateTimeOffset(2999, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await AppendAsync("a", ahead, new RunFinished(RunOutcome.Failed));
        await AppendAsync("c", ahead.AddYears(-900), new RunFinished(RunOutcome.ManualInterventionRequired), new RunFinished(RunOutcome.Succeeded));
        await AppendAsync("b", ahead.AddYears(-901), new StopRequested());
        await store.AppendAsync(run + "a", [new RecordedEvent(3, ahead.AddYears(1), new StopRequested(), "h3")], default);

        var runs = await store.RunsAsync(3, default);

        Assert.That(runs.Select(r => (r.Run, r.Fleet, r.StartedAt, r.Outcome, r.Head.Sequence)), Is.EqualTo(new (string, string, DateTimeOffset, RunOutcome?, long)[]
        {
            (run + "b", "the 'fleet' b", ahead.AddYears(-901), null, 2),
            (run + "c", "the 'fleet' c", ahead.AddYears(-900), RunOutcome.Succeeded, 3),
            (run + "a", "the 'fleet' a", ahead, RunOutcome.Failed, 3),
        }));
        Assert.That(runs.Select(r => r.Number), Is.Ordered.Descending);
        Assert.That((runs[2].Head.Run, runs[2].Head.Hash), Is.EqualTo((run + "a", "h3")));
        Assert.That(await store.RunsAsync(0, default), Is.Empty);

        async Task AppendAsync(string suffix, DateTimeOffset at, params DeploymentEvent[] rest) => await store.AppendAsync(
            run + suffix,
            [.. Chain.Of([new RunStarted(run + suffix, "host:1", $"the 'fleet' {suffix}", plan), .. rest]).Select(e => e with { At = at })],
            default);
    }

    [Test]
    public async Task An_event_keeps_its_text_though_this_version_would_write_another()
    {
        await using var store = await OpenAsync();
        const string Earlier = """{"type":"host-built", "host":"p620","by":"somebody"}""";
        const string Newer = """{"type":"host-painted","v":99,"host":"p620","colour":"blue"}""";
        var first = Of(1, "", Earlier);
        await store.AppendAsync(run, [first, Of(2, first.Hash, Newer)], default);
        var read = await ReadAsync(store, 1);
        Assert.That(read.Select(e => e.Json), Is.EqualTo([Earlier, Newer]));
        Assert.That(read.Select(e => e.Event.GetType()), Is.EqualTo([typeof(HostBuilt), typeof(UnknownEvent)]));
        Assert.That(AuditChain.FirstBroken(read), Is.Null);

        static RecordedEvent Of(long sequence, string before, string json) =>
            new(sequence, Chain.Noon, EventJson.Read(json), AuditChain.Link(before, sequence, Chain.Noon, json)) { Json = json };
    }

    [Test]
    public async Task A_run_that_was_changed_behind_the_next_one_s_link_is_found()
    {
        await using var store = await OpenAsync();
        var events = Chain.Of(new RunStarted(run, "c:1", "f", PlanGen.One()), new StopRequested());
        await store.AppendAsync(run, events, default);
        await AppendAsync("-good", new RunHead(run, 2, events[1].Hash));
        await AppendAsync("-bad", new RunHead(run, 2, events[0].Hash));
        await AppendAsync("-none", new RunHead("nobody", 2, events[0].Hash));

        var audit = await AuditChain.VerifyAsync(store);

        Assert.That(audit.Broken, Is.EqualTo([new BrokenLink(run, 2), new BrokenLink("nobody", 2)]));
        Assert.That((audit.Runs, audit.Events, audit.Head.Length), Is.EqualTo((4, 5L, 64)));

        async Task AppendAsync(string suffix, RunHead previous) => await store.AppendAsync(
            run + suffix, Chain.Of(new RunStarted(run + suffix, "c:1", "f", PlanGen.One()) { Previous = previous }), default);
    }

    [Test]
    public async Task The_moments_of_a_fleet_s_newest_runs_are_listed()
    {
        await using var store = await OpenAsync();
        var (mine, other) = ($"fleet '{run}'", $"fleet \"{run}\"");
        var (web, future) = (HostName.Parse("web"), new DateTimeOffset(2998, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var touched = new Problem("ND0400", "It broke.");
        await AppendAsync("a", mine, future, new HostBuilt(Host));
        await AppendAsync("b", other, future.AddHours(3), new HostBuilt(Host));
        await AppendAsync("d", mine, future.AddHours(1), new CommitStarted(Host), new HostCommitted(Host, 3), new HostFailed(web, touched, true), new RollbackStarted(web, "why"), new HostRolledBack(web, null, 1, false));
        await AppendAsync("c", mine, future.AddHours(2), new BuildStarted([web, Host]), new HostBuilt(Host), new CopyStarted(Host), new HostCopied(Host, 1, 2, 3),
            new TrafficCounted(Host, 1, 1), new ActivationStarted(Host, SystemRef.Unknown, RandomFleets.Toplevel("x")), new HostActivated(Host), new CheckObserved(Host, "c", true, ""), new HostHealthy(Host));

        var moments = await store.TimingsAsync(mine, 2, default);

        Assert.That(moments.Select(m => (m.Run[run.Length..], m.Host.Value, m.Mark)), Is.EqualTo(new[]
        {
            ("c", "web", StepMark.BuildStarted), ("c", "p620", StepMark.BuildStarted), ("c", "p620", StepMark.HostBuilt), ("c", "p620", StepMark.CopyStarted), ("c", "p620", StepMark.HostCopied),
            ("c", "p620", StepMark.ActivationStarted), ("c", "p620", StepMark.HostActivated), ("c", "p620", StepMark.HostHealthy),
            ("d", "p620", StepMark.CommitStarted), ("d", "p620", StepMark.HostCommitted), ("d", "web", StepMark.HostFailed), ("d", "web", StepMark.RollbackStarted), ("d", "web", StepMark.HostRolledBack),
        }));
        Assert.That(moments.Select(m => m.At), Is.EqualTo(new[] { 2, 2, 3, 4, 5, 7, 8, 10 }.Select(i => future.AddHours(2) + Tick(i)).Concat(Enumerable.Range(2, 5).Select(i => future.AddHours(1) + Tick(i)))));
        Assert.That((await store.TimingsAsync(mine, 9, default))[^1].Run, Is.EqualTo(run + "a"));
        Assert.That(await store.TimingsAsync(mine, 0, default), Is.Empty);
        Assert.That(await store.TimingsAsync("no such fleet", 9, default), Is.Empty);

        async Task AppendAsync(string suffix, string fleet, DateTimeOffset at, params DeploymentEvent[] rest) => await store.AppendAsync(
            run + suffix,
            [.. Chain.Of([new RunStarted(run + suffix, "host:1", fleet, PlanGen.One()), .. rest]).Select(e => e with { At = at + Tick(e.Sequence) })],
            default);

        static TimeSpan Tick(long sequence) => sequence * (TimeSpan.FromSeconds(1) + TimeSpan.FromTicks(1));
    }

    [Test]
    public async Task Hosts_that_were_deferred_are_listed_until_a_later_run_has_dealt_with_them()
    {
        await using var store = await OpenAsync();
        var (razer, samsung, p620) = (HostName.Parse("razer"), HostName.Parse("samsung"), HostName.Parse("p620"));
        var mine = $"fleet of {run}";
        var at = new DateTimeOffset(2025, 1, 15, 15, 30, 0, TimeSpan.Zero);
        await AppendAsync("1", mine, at, Off(razer, later: true), Off(samsung, later: true), Off(p620, later: false), new TrafficCounted(razer, 1, 1));
        await AppendAsync("2", "elsewhere", at.AddHours(1), new TrafficCounted(razer, 1, 1));
        Assert.That((await store.DeferredAsync(mine, 20, default)).Select(d => (d.Host, d.Run)), Is.EqualTo(new[] { (razer, Name("1")), (samsung, Name("1")) }));

        await AppendAsync("3", mine, at.AddHours(2), Off(samsung, later: true), new HostCommitted(razer, 2), new TrafficCounted(samsung, 1, 0));

        var deferred = await store.DeferredAsync(mine, 20, default);
        Assert.That(deferred.Select(d => (d.Host, d.Run, d.Since)), Is.EqualTo(new[] { (samsung, Name("3"), at.AddHours(2)) }));
        Assert.That(deferred[0].Problem.Message, Is.EqualTo("samsung sleeps"));

        static HostUnreachable Off(HostName host, bool later) => new(host, new Problem("ND0513", $"{host} sleeps"), later, Because: null);

        string Name(string suffix) => $"{run}-{suffix}";

        async Task AppendAsync(string suffix, string fleet, DateTimeOffset when, params DeploymentEvent[] rest) => await store.AppendAsync(
            Name(suffix),
            [.. rest.Prepend(new RunStarted(Name(suffix), "c:1", fleet, PlanGen.One())).Select((e, i) => new RecordedEvent(i + 1, when, e, ""))],
            default);
    }

    [TestCaseSource(nameof(LaterRuns))]
    public async Task A_host_that_was_deferred_is_listed_until_a_later_run_has_deployed_it(DeploymentEvent[] later, bool isListed)
    {
        var plan = PlanGen.One() with { Strategy = "smart" };
        Assert.That(await DeferredAsync(plan, [.. later, new TrafficCounted(Host, 1, 1)]), isListed ? Is.EqualTo([Host]) : Is.Empty);
    }

    [Test]
    public async Task A_host_that_was_deferred_is_listed_until_a_later_run_has_found_it_unchanged()
    {
        var plan = PlanGen.One() with { Strategy = "smart", Skipped = [new SkippedHost(HostName.Parse("razer"), SystemRef.Unknown), new SkippedHost(Host, SystemRef.Unknown)] };
        Assert.That(await DeferredAsync(plan), Is.Empty);
    }

    [Test]
    public async Task A_host_that_was_deferred_is_listed_though_its_guard_rolled_back_since()
    {
        var plan = PlanGen.One() with { Strategy = "rollback" };
        Assert.That(await DeferredAsync(plan, new HostCommitted(Host, 1)), Is.EqualTo([Host]));
        Assert.That(await DeferredAsync(plan with { Skipped = [new SkippedHost(Host, SystemRef.Unknown)] }), Is.EqualTo([Host]));
    }

    [Test]
    public async Task What_is_appended_here_is_read_there()
    {
        await using var here = await OpenAsync();
        await using var there = await OpenAsync();
        Assert.That(await ReadAsync(there, 1), Is.Empty);
        await here.AppendAsync(run, Chain.Of(new HostBuilt(Host)), default);
        Assert.That(await ReadAsync(there, 1), Has.Count.EqualTo(1));
    }

    [Test]
    public void A_reader_can_leave_at_any_time() => Assert.That(
        async () =>
        {
            await using var store = await OpenAsync();
            await store.AppendAsync(run, Chain.Of(Enumerable.Repeat(new HostBuilt(Host), 10)), default);
            await foreach (var recorded in store.ReadAsync(run, 1, default))
            {
                await store.AppendAsync(run, Chain.After([recorded with { Sequence = 10 }], new HostActivated(Host)), default);
                break;
            }

            return (await ReadAsync(store, 1)).Count;
        },
        Is.EqualTo(11));

    /// <summary>The hosts that are listed after a run has put the host off and a later one, of this plan, has told these events.</summary>
    private async Task<IEnumerable<HostName>> DeferredAsync(DeploymentPlan plan, params DeploymentEvent[] later)
    {
        await using var store = await OpenAsync();
        var name = $"run-{Guid.NewGuid():N}";
        await AppendAsync("-1", DateTimeOffset.UnixEpoch, PlanGen.One() with { Strategy = "smart" }, new HostUnreachable(Host, Sleeps, Deferred: true, null));
        await AppendAsync("-2", DateTimeOffset.UnixEpoch.AddHours(1), plan, later);
        return (await store.DeferredAsync(name, 20, default)).Select(d => d.Host);

        async Task AppendAsync(string suffix, DateTimeOffset when, DeploymentPlan of, params DeploymentEvent[] events) => await store.AppendAsync(
            name + suffix,
            [.. events.Prepend(new RunStarted(name + suffix, "c:1", name, of)).Select((e, i) => new RecordedEvent(i + 1, when, e, ""))],
            default);
    }

    private async Task<List<RecordedEvent>> ReadAsync(IDeploymentStore store, long from)
    {
        var read = new List<RecordedEvent>();
        await foreach (var recorded in store.ReadAsync(run, from, default))
        {
            read.Add(recorded);
        }

        return read;
    }
}
