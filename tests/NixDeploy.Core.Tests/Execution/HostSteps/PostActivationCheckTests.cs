using NixDeploy.Events;
using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Planning;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution.HostSteps;

/// <summary>A host on trial that cannot be asked for a while.</summary>
internal sealed class PostActivationCheckTests
{
    private static readonly StorePath Target = SimulatedSystem.Path("web-new");

    private readonly List<CheckObserved> told = [];
    private SimulatedFleet fleet = null!;
    private VirtualTime time = null!;

    [SetUp]
    public void Begin()
    {
        told.Clear();
        time = new VirtualTime();
        fleet = new SimulatedFleet(time).Add("web", h => h with { HealthChecks = [new HealthCheck.Service("main") { Timeout = TimeSpan.FromSeconds(100) }] });
    }

    [Test]
    public void It_is_asked_again_over_a_fresh_connection_and_well()
    {
        fleet["web"].FailAt(HostStep.Connect, SimulatedFault.LoseConnection, occurrence: 2, times: 5);

        var (verdict, decided) = Watch(guard: TimeSpan.FromMinutes(5));

        Assert.That(decided, Is.Null);
        Assert.That(verdict.Healthy);
        Assert.That(told.Select(t => (t.Passed, t.Measured)), Does.Contain((false, false)).And.Contain((true, true)));
    }

    [Test]
    public void Its_old_system_does_not_pass_for_the_new_one_when_the_guard_has_taken_it_back_meanwhile()
    {
        fleet["web"].FailAt(HostStep.Connect, SimulatedFault.LoseConnection, occurrence: 2, times: 30);

        var (verdict, decided) = Watch(guard: TimeSpan.FromSeconds(20), renewed: true);

        Assert.That(verdict.Problem!.ToString(), Does.StartWith("ND0630: web could not be asked whether it is healthy"));
        Assert.That(decided!.Phase, Is.EqualTo(TransactionPhase.RolledBack));
        Assert.That(told.Where(t => t.Passed), Is.Empty);
    }

    [Test]
    public void One_that_stays_silent_could_not_be_measured()
    {
        fleet["web"].FailAt(HostStep.Connect, SimulatedFault.LoseConnection, occurrence: 2, times: -1);

        var (verdict, _) = Watch(guard: TimeSpan.FromSeconds(20));

        Assert.That(verdict.Problem!.ToString(), Does.StartWith("ND0802: web: the check 'service main' could not be measured for 100 s: "));
    }

    [TestCase(5, 99, "service main' failed: main.service is inactive", TestName = "A_simulated_service_that_dies_is_found_out")]
    [TestCase(99, 5, "service main' failed: main.service restarted once", TestName = "A_simulated_service_that_flaps_is_found_out")]
    public void A_simulated_unit_may_do_as_it_likes(int dies, int flaps, string words)
    {
        fleet["web"].Unit = unit => unit with { Active = Elapsed < dies ? "active" : "inactive", Restarts = Elapsed < flaps ? 0 : 1 };

        Assert.That(Watch(guard: TimeSpan.FromMinutes(5)).Verdict.Problem!.Message, Does.Contain(words));
    }

    [Test]
    public void A_guard_that_has_begun_to_go_back_by_the_time_the_host_answers_again_is_believed()
    {
        fleet["web"].FailAt(HostStep.Connect, SimulatedFault.LoseConnection, occurrence: 2, times: 5);
        fleet["web"].Seen = GoingBack;
        fleet["web"].Unit = unit => unit with { Active = "inactive" };

        var (verdict, decided) = Watch(guard: TimeSpan.FromMinutes(5));

        Assert.That(decided!.Phase, Is.EqualTo(TransactionPhase.RollingBack));
        Assert.That(verdict.Problem!.Message, Does.StartWith("web could not be asked whether it is healthy").And.Not.Contains("inactive"));
    }

    [Test]
    public void A_failure_that_the_rollback_makes_is_not_taken_for_the_new_systems()
    {
        fleet["web"].Seen = state => Elapsed < 5 ? state : GoingBack(state);
        fleet["web"].Unit = unit => unit with { Active = Elapsed < 5 ? "active" : "inactive" };

        var (verdict, decided) = Watch(guard: TimeSpan.FromMinutes(5));

        Assert.That(decided!.Phase, Is.EqualTo(TransactionPhase.RollingBack));
        Assert.That(verdict.Problem!.Message, Does.StartWith("web: its guard's time of 300 s (guard-timeout) ended before its checks had passed"));
    }

    [Test]
    public void When_the_guards_time_is_up_the_old_system_is_not_watched_any_longer()
    {
        fleet["web"].Unit = unit => unit with { Active = "activating" };

        var (verdict, decided) = Watch(guard: TimeSpan.FromSeconds(20));

        Assert.That(decided!.Phase, Is.EqualTo(TransactionPhase.RolledBack));
        Assert.That(verdict.Problem!.Message, Does.EndWith("Last seen: service main: main.service is activating (running)."));
        Assert.That(Elapsed, Is.EqualTo(21));
    }

    [Test]
    public void A_guard_that_waits_longer_than_was_thought_is_asked_again()
    {
        fleet["web"].Unit = unit => unit with { Active = Elapsed < 25 ? "activating" : "active" };

        Assert.That(Watch(guard: TimeSpan.FromMinutes(5), left: TimeSpan.FromSeconds(20)).Verdict.Healthy);
    }

    [Test]
    public void A_host_that_is_well_is_asked_no_more_than_its_checks_need()
    {
        Assert.That(Watch(guard: TimeSpan.FromMinutes(5)).Verdict.Healthy);

        var steps = fleet.Transport.Steps.Select(s => s.Step).ToList();
        Assert.That(steps.Count(s => s == HostStep.Connect), Is.EqualTo(2));
        Assert.That(steps.Count(s => s == HostStep.Inspect), Is.EqualTo(3), "the failed units at the beginning, every 5 s, and at the end of the window");
    }

    private static HostState GoingBack(HostState state) =>
        state with { Transaction = state.Transaction! with { Phase = TransactionPhase.RollingBack, Reason = TransactionReason.Deadline } };

    private double Elapsed => time.GetElapsedTime(0).TotalSeconds;

    private (HealthVerdict Verdict, TransactionState? Decided) Watch(TimeSpan guard, TimeSpan? left = null, bool renewed = false) => time.Run(async () =>
    {
        var host = fleet["web"].Description;
        await using var sessions = new HostSessions(_ => fleet.Transport, time);
        Transaction transaction;
        await using (var session = await fleet.Transport.ConnectAsync(host, default))
        {
            var prepared = await session.PrepareAsync(new PrepareRequest("run", "test:1", Target, host.Target.Profile), [Target], default);
            await session.ImportAsync((stream, token) => fleet.Transport.Store.ExportAsync(prepared.Missing, stream, token), default);
            transaction = prepared.Transaction!;
            await session.ActivateAsync(new ActivationRequest(transaction, Target, host.Target.Profile) { Guard = guard }, default);
        }

        var run = new RunContext
        {
            Run = "run",
            Controller = "test:1",
            Sessions = sessions,
            Store = fleet.Transport.Store,
            RootsFolder = "",
            Emit = happened =>
            {
                told.Add((CheckObserved)happened);
                return Task.CompletedTask;
            },
            Log = (_, _) => { },
            Time = time,
        };
        var plan = new HostPlan(host.Name, SystemRef.Unknown, Target, [], TimeSpan.FromSeconds(10), guard) { Described = host };
        return await new PostActivationCheck(run, plan, new HostLink(sessions, host)).WatchAsync(transaction, renewed ? null : left ?? guard, beganAt: null, default);
    });
}
