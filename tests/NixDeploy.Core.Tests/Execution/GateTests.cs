using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;

namespace NixDeploy.Tests.Execution;

/// <summary>What stands between a canary and the others.</summary>
internal sealed class GateTests
{
    private static readonly TimeSpan Bake = TimeSpan.FromMinutes(5);

    private static readonly FleetSettings Asking = new()
    {
        Canary = new CanarySettings { Bake = Bake, Approval = Approval.Required, ApprovalTimeout = TimeSpan.FromMinutes(30) },
    };

    [Test]
    public void What_somebody_approves_goes_on()
    {
        var run = Run(Asking, (happened, desk) =>
        {
            if (happened is ApprovalRequested asked)
            {
                desk.Answer(asked.Stage, new ApprovalAnswer(true, "ann", ""));
            }
        });
        var state = run.Play();

        Assert.Multiple(() =>
        {
            Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Succeeded));
            Assert.That(state.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Deployed));
            Assert.That(run.Events.Select(e => e.Event).OfType<ApprovalGiven>().Single().By, Is.EqualTo("ann"));
            Assert.That(state.Awaits, Is.Null);
        });
    }

    [Test]
    public void What_somebody_does_not_approve_goes_back_and_nobody_follows()
    {
        var run = Run(Asking, (happened, desk) =>
        {
            if (happened is ApprovalRequested asked)
            {
                desk.Answer(asked.Stage, new ApprovalAnswer(false, "bob", "not today"));
            }
        });
        AssertTakenBack(run, run.Play());
        Assert.That(run.Events.Select(e => e.Event).OfType<RunHalted>().Single().Reason, Is.EqualTo(new HaltReason.NotApproved("bob", "not today")));
    }

    [Test]
    public void What_nobody_approves_goes_back_when_the_time_is_over()
    {
        var run = Run(Asking, (_, _) => { });
        AssertTakenBack(run, run.Play());
        Assert.That(run.At<ApprovalRefused>() - run.At<ApprovalRequested>(), Is.EqualTo(TimeSpan.FromMinutes(30)).Within(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void A_canary_that_fails_while_it_is_watched_goes_back_at_once_with_the_other_canaries()
    {
        var (watched, looks) = (false, 0);
        var run = Run(new FleetSettings { Canary = new CanarySettings { Hosts = new HostShare(2, null), Bake = Bake } }, (happened, _) => watched |= happened is BakeStarted);
        run.Fleet["a"].Programs = _ => new(watched && ++looks > 3 ? 1 : 0, "", "");
        var state = run.Play();

        Assert.Multiple(() =>
        {
            Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Failed));
            Assert.That(run.At<RollbackStarted>() - run.At<BakeStarted>(), Is.LessThan(Bake));
            Assert.That(Of(state, "a"), Is.EqualTo(HostStatus.RolledBack));
            Assert.That(Of(state, "b"), Is.EqualTo(HostStatus.RolledBack));
            Assert.That(state.Failures, Is.EqualTo(1), "the other one was rolled back, and did not fail");
            Assert.That(Of(state, "c"), Is.EqualTo(HostStatus.Cancelled));
            Assert.That(run.Fleet["c"].Generation, Is.EqualTo(1));
        });
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_canary_of_which_any_unit_fails_while_it_is_watched_goes_back_at_once(bool hasChecks)
    {
        var watched = false;
        var run = new VirtualRun(new CanaryStrategy(), ("a", []), ("b", []))
        {
            Settings = new FleetSettings { Canary = new CanarySettings { Hosts = new HostShare(1, null), Bake = Bake } },
            Each = h => hasChecks ? h with { HealthChecks = [new HealthCheck.Service("web")] } : h,
            Person = (happened, _) => watched |= happened is BakeStarted,
        };
        run.Fleet["a"].Seen = state => !watched ? state : state with { FailedUnits = ["other.service"] };
        var state = run.Play();

        Assert.Multiple(() =>
        {
            Assert.That(Of(state, "a"), Is.EqualTo(HostStatus.RolledBack));
            Assert.That(state.Hosts[HostName.Parse("a")].Problem!.Message, Does.Contain("other.service"));
            Assert.That(run.At<RollbackStarted>() - run.At<BakeStarted>(), Is.LessThan(TimeSpan.FromSeconds(20)));
            Assert.That(Of(state, "b"), Is.EqualTo(HostStatus.Cancelled));
        });
    }

    [Test]
    public void What_is_on_trial_when_the_run_is_halted_goes_back_without_being_committed_first()
    {
        var run = new VirtualRun(new ParallelStrategy(), ("a", []), ("b", []))
        {
            Settings = new FleetSettings { MaxFailures = new FailureBudget(0, null), HealthWindow = TimeSpan.FromMinutes(1) },
        };
        run.Fleet.Transport.Describe(run.Fleet.Systems("new")[HostName.Parse("b")].Toplevel, new() { FailToStart = ["web.service"] });
        var state = run.Play();

        Assert.Multiple(() =>
        {
            Assert.That(state.Halted, Is.True);
            Assert.That(run.Order<HostActivated>(), Does.Contain("a"));
            Assert.That(run.Order<HostCommitted>(), Is.Empty);
            Assert.That(state.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.RolledBack));
            Assert.That(run.Fleet["a"].Generations, Has.Length.EqualTo(1));
            Assert.That(run.Fleet["a"].Lock, Is.Null);
        });
    }

    [Test]
    public void Canaries_that_are_rebooted_into_their_system_are_watched_before_the_others_follow()
    {
        var run = Run(new FleetSettings { Canary = new CanarySettings { Bake = Bake } }, (_, _) => { }, InBoot(RebootPolicy.Always));
        var state = run.Play();

        Assert.Multiple(() =>
        {
            Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Succeeded));
            Assert.That(run.Events.Select(e => e.Event).OfType<BakeStarted>().Single().Hosts.Select(h => h.Value), Is.EqualTo(new[] { "a" }));
            Assert.That(run.Events.Last(e => e.Event is ActivationStarted).At - run.Events.First(e => e.Event is HostRebooted).At, Is.GreaterThan(Bake));
        });
    }

    [Test]
    public void A_canary_that_fails_after_its_reboot_while_it_is_watched_goes_back_and_nobody_follows()
    {
        var watched = false;
        var run = Run(new FleetSettings { Canary = new CanarySettings { Bake = Bake } }, (happened, _) => watched |= happened is BakeStarted, InBoot(RebootPolicy.IfNeeded));
        run.Fleet["a"].Programs = _ => new(watched ? 1 : 0, "", "");
        var state = run.Play();

        Assert.That(state.Hosts.Values.Select(h => h.Status), Is.EqualTo(new[] { HostStatus.RolledBack, HostStatus.Cancelled, HostStatus.Cancelled }));
        Assert.That(run.Fleet["a"].Generation, Is.EqualTo(1));
    }

    [Test]
    public void Of_canaries_of_which_some_are_rebooted_only_these_are_watched()
    {
        var run = new VirtualRun(new CanaryStrategy(), ("a", []), ("b", []), ("c", []))
        {
            Settings = new FleetSettings { Canary = new CanarySettings { Hosts = new HostShare(2, null), Bake = Bake } },
            Each = h => h with { Reboot = h.Name.Value == "b" ? RebootPolicy.Always : RebootPolicy.Never },
            Asked = input => input with { Mode = ActivationMode.Boot },
        };
        var state = run.Play();

        Assert.That(state.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Deployed));
        Assert.That(run.Events.Select(e => e.Event).OfType<BakeStarted>().Single().Hosts.Select(h => h.Value), Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public void Where_nothing_is_changed_nobody_is_asked()
    {
        var run = Run(Asking, (_, _) => { }, input => input with { Mode = ActivationMode.DryActivate });
        var state = run.Play();

        Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Succeeded));
        Assert.That(state.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.DryActivated));
        Assert.That(run.Events.Select(e => e.Event).OfType<ApprovalRequested>(), Is.Empty);
    }

    private static Func<PlanningInput, PlanningInput> InBoot(RebootPolicy reboot) => input => input with { Mode = ActivationMode.Boot, Reboot = reboot };

    private static void AssertTakenBack(VirtualRun run, RunState state) => Assert.Multiple(() =>
    {
        Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Cancelled));
        Assert.That(ExitCodes.Of(state.Outcome!.Value), Is.EqualTo(ExitCodes.Cancelled));
        Assert.That(Of(state, "a"), Is.EqualTo(HostStatus.RolledBack));
        Assert.That(Of(state, "b"), Is.EqualTo(HostStatus.Cancelled));
        Assert.That(Of(state, "c"), Is.EqualTo(HostStatus.Cancelled));
        Assert.That(run.Fleet["a"].Generation, Is.EqualTo(1));
        Assert.That(run.Events.Select(e => e.Event).OfType<ActivationStarted>().Select(e => e.Host.Value), Is.EqualTo(new[] { "a" }));
    });

    private static VirtualRun Run(FleetSettings settings, Action<DeploymentEvent, ApprovalDesk> person, Func<PlanningInput, PlanningInput>? asked = null) => new(new CanaryStrategy(), ("a", []), ("b", []), ("c", []))
    {
        Settings = settings,
        Each = h => h with { HealthChecks = [new HealthCheck.Command(["check"])] },
        Person = person,
        Asked = asked ?? (input => input),
    };

    private static HostStatus Of(RunState state, string host) => state.Hosts[HostName.Parse(host)].Status;
}
