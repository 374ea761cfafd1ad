using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;
using NixDeploy.Reporting.Runs;
using NixDeploy.Testing;
using NixDeploy.Tests.Journal;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Execution;

/// <summary>Whole runs in virtual time in every mode, and with reboots.</summary>
[TestFixture]
internal sealed class ModeTests
{
    private static readonly HostName Host0 = HostName.Parse("host0");
    private static readonly HostName Host1 = HostName.Parse("host1");

    private VirtualTime time = null!;
    private SimulatedFleet simulated = null!;
    private ImmutableArray<RecordedEvent> events;

    [SetUp]
    public void A_host_and_one_that_depends_on_it()
    {
        time = new VirtualTime();
        simulated = new SimulatedFleet(time).Add("host0").Add("host1", "host0");
    }

    [Test]
    public void What_is_deployed_for_the_next_boot_does_not_run_before_it()
    {
        var old = simulated["host0"].CurrentSystem;
        var state = Deploy(ActivationMode.Boot);

        Assert.Multiple(() =>
        {
            Assert.That(state.Hosts.Values.Select(h => (h.Status, h.AtNextBoot, h.Generation)), Is.All.EqualTo((HostStatus.Deployed, true, 2)));
            Assert.That(simulated["host0"].CurrentSystem, Is.EqualTo(old));
            Assert.That(simulated["host0"].BootDefault, Is.EqualTo(New("host0")));
            Assert.That(Types<HostActivated>(), Is.Empty);
            Assert.That(Types<CheckObserved>(), Is.Empty, "nothing is watched where nothing was activated");
        });

        simulated["host0"].PowerCycle();
        Assert.That(simulated["host0"].CurrentSystem, Is.EqualTo(New("host0")));
    }

    [Test]
    public void What_is_tested_runs_until_the_next_boot()
    {
        var old = simulated["host0"].CurrentSystem;
        var state = Deploy(ActivationMode.Test);

        Assert.Multiple(() =>
        {
            Assert.That(state.Hosts.Values.Select(h => (h.Status, h.UntilNextBoot, h.Generation)), Is.All.EqualTo((HostStatus.Deployed, true, 1)));
            Assert.That(simulated["host0"].CurrentSystem, Is.EqualTo(New("host0")));
            Assert.That(simulated["host0"].BootDefault, Is.EqualTo(old));
            Assert.That(simulated["host0"].Lock, Is.Null);
        });

        var hourLater = time.Run(async () =>
        {
            await Task.Delay(TimeSpan.FromHours(1), time);
            return simulated["host0"].CurrentSystem;
        });
        Assert.That(hourLater, Is.EqualTo(New("host0")), "no guard rolls it back");
    }

    [Test]
    public void A_test_that_is_not_healthy_goes_back()
    {
        var old = simulated["host0"].CurrentSystem;
        simulated.Transport.Describe(New("host0"), new SimulatedSystem { FailLater = ["app.service"] });
        var state = Deploy(ActivationMode.Test);

        Assert.That(state.Hosts[Host0].Status, Is.EqualTo(HostStatus.RolledBack));
        Assert.That(state.Hosts[Host1].Status, Is.EqualTo(HostStatus.Blocked));
        Assert.That(simulated["host0"].CurrentSystem, Is.EqualTo(old));
    }

    [Test]
    public void A_dry_activation_tells_what_it_would_do_and_changes_nothing()
    {
        var old = simulated["host0"].CurrentSystem;
        simulated.Transport.Describe(New("host0"), new SimulatedSystem { DryActivation = new DryActivation { Restart = ["app.service"] } });
        var state = Deploy(ActivationMode.DryActivate);

        Assert.Multiple(() =>
        {
            Assert.That(state.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.DryActivated));
            Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Succeeded));
            Assert.That(state.Hosts[Host0].DryRun!.Restart, Is.EqualTo(new[] { "app.service" }));
            Assert.That((simulated["host0"].CurrentSystem, simulated["host0"].BootDefault, simulated["host0"].Generation), Is.EqualTo((old, old, 1)));
            Assert.That(simulated["host0"].Lock, Is.Null);
            Assert.That(simulated["host0"].Transaction, Is.Null);
        });
    }

    [Test]
    public void A_run_in_which_another_host_fails_its_dry_activation_takes_none_back()
    {
        simulated["host1"].FailAt(HostStep.DryActivate, SimulatedFault.LoseConnection);
        var state = Deploy(ActivationMode.DryActivate, budget: 0);

        Assert.That(state.Halted, Is.True);
        Assert.That(state.Hosts[Host0].Status, Is.EqualTo(HostStatus.DryActivated));
        Assert.That(Steps("host0"), Does.Not.Contain(HostStep.Try));
    }

    [Test]
    public void Only_hosts_that_need_a_reboot_are_rebooted_and_dependents_wait_for_it()
    {
        simulated.Transport.Describe(New("host0"), new SimulatedSystem { Kernel = "6.13" });
        var state = Deploy(ActivationMode.Switch, RebootPolicy.IfNeeded);

        Assert.Multiple(() =>
        {
            Assert.That(state.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Deployed));
            Assert.That(Types<RebootStarted>().Select(e => (e.Host, e.Generation)), Is.EqualTo(new[] { (Host0, 2) }));
            Assert.That(Types<HostRebooted>().Select(e => e.Host), Is.EqualTo(new[] { Host0 }));
            Assert.That(state.Hosts[Host0].RebootNeeded, Is.False);
            Assert.That(IndexOf<ActivationStarted>(Host1), Is.GreaterThan(IndexOf<HostCommitted>(Host0)));
            Assert.That(IndexOf<HostCommitted>(Host0), Is.GreaterThan(IndexOf<HostRebooted>(Host0)), "deployed is who is back and healthy");
        });
    }

    [Test]
    public void Without_leave_to_reboot_it_is_told_that_one_completes_it()
    {
        simulated.Transport.Describe(New("host0"), new SimulatedSystem { Kernel = "6.13" });
        var state = Deploy(ActivationMode.Switch);

        Assert.That(state.Hosts.Values.Select(h => (h.Status, h.RebootNeeded)), Is.EqualTo(new[] { (HostStatus.Deployed, true), (HostStatus.Deployed, false) }));
        Assert.That(Steps("host0"), Does.Not.Contain(HostStep.Reboot));
    }

    [Test]
    public void Every_host_is_rebooted_when_that_is_asked()
    {
        Deploy(ActivationMode.Boot, RebootPolicy.Always);
        Assert.That(Types<HostRebooted>().Select(e => e.Host), Is.EqualTo(new[] { Host0, Host1 }));
        Assert.That(simulated["host1"].CurrentSystem, Is.EqualTo(New("host1")));
    }

    [TestCase(null, HostStatus.NeedsReboot)]
    [TestCase(RebootPolicy.IfNeeded, HostStatus.Deployed)]
    public void A_system_that_cannot_be_activated_in_a_running_host_is_booted_where_that_is_allowed(RebootPolicy? reboot, HostStatus status)
    {
        var old = simulated["host0"].CurrentSystem;
        simulated.Transport.Describe(New("host0"), new SimulatedSystem { NeedsReboot = true });
        var state = Deploy(ActivationMode.Switch, reboot);

        Assert.Multiple(() =>
        {
            Assert.That(state.Hosts[Host0].Status, Is.EqualTo(status));
            Assert.That(simulated["host0"].CurrentSystem, Is.EqualTo(reboot is null ? old : New("host0")));
            Assert.That(simulated["host0"].BootDefault, Is.EqualTo(reboot is null ? old : New("host0")));
            Assert.That(state.Outcome, Is.EqualTo(reboot is null ? RunOutcome.ManualInterventionRequired : RunOutcome.Succeeded));
            Assert.That(state.Hosts[Host0].Problem?.Message, reboot is null ? Does.Contain("--reboot=if-needed") : Is.Null);
        });
    }

    [Test]
    public void A_host_that_is_not_healthy_after_its_reboot_gets_its_old_system_by_another()
    {
        var old = simulated["host0"].CurrentSystem;
        simulated.Transport.Describe(New("host0"), new SimulatedSystem { FailAfterBoot = ["app.service"] });
        var state = Deploy(ActivationMode.Switch, RebootPolicy.Always);

        Assert.Multiple(() =>
        {
            Assert.That(state.Hosts[Host0].Status, Is.EqualTo(HostStatus.RolledBack));
            Assert.That(state.Hosts[Host0].Problem!.Message, Does.Contain("app.service"));
            Assert.That(state.Hosts[Host1].Status, Is.EqualTo(HostStatus.Blocked));
            Assert.That((simulated["host0"].CurrentSystem, simulated["host0"].BootDefault, simulated["host0"].Generation), Is.EqualTo((old, old, 1)));
            Assert.That(Steps("host0").Count(s => s == HostStep.Reboot), Is.EqualTo(2));
            Assert.That(simulated["host0"].Lock, Is.Null);
        });
    }

    [Test]
    public void A_host_that_does_not_come_back_fails_at_its_deadline_with_the_command_that_a_person_needs()
    {
        simulated["host0"].FailAt(HostStep.Connect, SimulatedFault.LoseConnection, occurrence: 3, times: -1);
        var state = Deploy(ActivationMode.Switch, RebootPolicy.Always);

        Assert.Multiple(() =>
        {
            Assert.That(state.Hosts[Host0].Status, Is.EqualTo(HostStatus.RollbackFailed));
            Assert.That(state.Hosts[Host0].Problem!.Message, Does.Contain("600 s"));
            Assert.That(state.Hosts[Host0].Problem!.Command, Does.Contain("--switch-generation 1"));
            Assert.That(state.Outcome, Is.EqualTo(RunOutcome.ManualInterventionRequired));
        });
    }

    [Test]
    public void What_a_power_cut_reverted_is_told_as_a_reboot_and_not_as_the_guards_doing()
    {
        simulated["host0"].FailAt(HostStep.Commit, SimulatedFault.PowerCut);
        var host = Deploy(ActivationMode.Switch).Hosts[Host0];

        Assert.That((host.Status, host.RolledBackByGuard, host.RolledBackByReboot), Is.EqualTo((HostStatus.RolledBack, true, true)));
        Assert.That(events.SelectMany(e => EventLines.Of(e.Event)).Select(l => l.Text), Has.Some.EqualTo("ROLLED BACK to generation 1 by a reboot"));
        Assert.That(string.Join('\n', HostSection.Lines(host, null, null)), Does.Contain("by a reboot").And.Not.Contain("is not known"));
    }

    [TestCase(SimulatedFault.LoseAnswer)]
    [TestCase(SimulatedFault.PowerCut)]
    public void A_connection_that_dies_with_the_host_is_no_failure_of_the_reboot(SimulatedFault fault)
    {
        simulated["host0"].FailAt(HostStep.Reboot, fault);
        var state = Deploy(ActivationMode.Switch, RebootPolicy.Always);
        Assert.That(state.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Deployed));
    }

    [Test]
    public void A_host_that_was_rebooted_is_rolled_back_by_another_reboot()
    {
        var old = simulated["host0"].CurrentSystem;
        simulated.Transport.Describe(New("host1"), new SimulatedSystem { FailToStart = ["app.service"] });
        var state = Deploy(ActivationMode.Switch, RebootPolicy.Always, budget: 0);

        Assert.Multiple(() =>
        {
            Assert.That(state.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.RolledBack));
            Assert.That(Steps("host0").Count(s => s == HostStep.Reboot), Is.EqualTo(2));
            Assert.That(simulated["host0"].CurrentSystem, Is.EqualTo(old));
            Assert.That(simulated["host0"].BootDefault, Is.EqualTo(old));
            Assert.That(simulated["host0"].Lock, Is.Null);
        });
    }

    [Test]
    public void A_host_that_cannot_be_asked_whether_it_needs_a_reboot_is_deployed_all_the_same()
    {
        simulated["host0"].FailAt(HostStep.Inspect, SimulatedFault.LoseConnection, times: 2);
        var state = Deploy(ActivationMode.Switch, RebootPolicy.IfNeeded);

        Assert.That(state.Hosts[Host0].Status, Is.EqualTo(HostStatus.Deployed));
        Assert.That(state.Failures, Is.Zero);
    }

    private static StorePath New(string host) => SimulatedSystem.Path($"{host}-new");

    private IEnumerable<T> Types<T>() => events.Select(e => e.Event).OfType<T>();

    private int IndexOf<T>(HostName host)
        where T : HostEvent => events.ToList().FindIndex(e => e.Event is T happened && happened.Host == host);

    private List<HostStep> Steps(string host) => [.. simulated.Transport.Steps.Where(s => s.Host.Value == host).Select(s => s.Step)];

    private RunState Deploy(ActivationMode mode, RebootPolicy? reboot = null, int budget = 1)
    {
        var fleet = simulated.ToFleet(new FleetSettings { MaxFailures = new FailureBudget(budget, null) });
        var systems = simulated.Systems("new");
        var changes = fleet.Hosts.Values.Select(h => new HostChange(h, new SystemRef(simulated[h.Name.Value].CurrentSystem, 1), systems[h.Name]));
        var input = new PlanningInput(fleet.Settings, DependencyGraph.Of(fleet), [.. changes], [], ImmutableSortedDictionary<HostName, Problem>.Empty)
        {
            Mode = mode,
            Reboot = reboot,
        };
        var plan = Planner.Plan(input, new SmartStrategy());
        var store = new MemoryStore();
        var state = PlanExecution.Run(plan, simulated, store, time);
        events = store.Of("run");
        return state;
    }
}
