using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning.Strategies;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution;

/// <summary>All hosts or none, and nothing activated that was not tested.</summary>
internal sealed class BlueGreenTests
{
    [Test]
    public void Every_host_is_tested_before_any_is_tried_and_tried_before_any_is_kept()
    {
        var run = Run();
        var state = run.Play();
        var steps = run.Events.Select(e => e.Event).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Succeeded));
            Assert.That(run.Order<HostTested>(), Is.EquivalentTo(new[] { "a", "b", "c" }));
            Assert.That(steps.FindLastIndex(e => e is HostTested), Is.LessThan(steps.FindIndex(e => e is ActivationStarted)));
            Assert.That(steps.FindLastIndex(e => e is HostHealthy), Is.LessThan(steps.FindIndex(e => e is CommitStarted)));
        });
    }

    [Test]
    public void A_test_that_does_not_pass_activates_nothing_anywhere()
    {
        var result = SimulatedSystem.Path("test-of-b");
        var run = Run(test: host => host == "b" ? new TestBuild(result, null) : null);
        run.Fleet.Transport.Describe(result, new SimulatedSystem { FailsToBuild = true });
        AssertNothingActivated(run, run.Play(), "ND0618");
    }

    [Test]
    public void A_dry_activation_that_fails_activates_nothing_anywhere()
    {
        var run = Run();
        run.Fleet.Transport.Describe(run.Fleet.Systems("new")[HostName.Parse("b")].Toplevel, new SimulatedSystem { FailsDryActivation = true });
        AssertNothingActivated(run, run.Play(), "ND0619");
    }

    [Test]
    public void A_host_that_fails_on_trial_takes_those_back_that_hold()
    {
        var run = Run();
        run.Fleet.Transport.Describe(run.Fleet.Systems("new")[HostName.Parse("c")].Toplevel, new SimulatedSystem { FailToStart = ["web.service"] });
        var state = run.Play();
        Assert.Multiple(() =>
        {
            Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Failed));
            Assert.That(state.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.RolledBack));
            Assert.That(run.Events.Select(e => e.Event).OfType<CommitStarted>(), Is.Empty);
            Assert.That(state.Hosts.Keys.Select(h => run.Fleet[h.Value].Generation), Is.All.EqualTo(1));
        });
    }

    [Test]
    public void A_host_that_holds_from_late_in_its_guards_time_waits_for_the_others()
    {
        var run = new VirtualRun(new BlueGreenStrategy(), ("a", []), ("b", ["a"])) { Settings = new FleetSettings { GuardTimeout = TimeSpan.FromSeconds(60) } };
        foreach (var host in new[] { "a", "b" })
        {
            run.Fleet[host].Latency = step => step == HostStep.Try ? TimeSpan.FromSeconds(45) : TimeSpan.Zero;
        }

        Assert.That(run.Play().Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Deployed));
    }

    private static void AssertNothingActivated(VirtualRun run, RunState state, string code) => Assert.Multiple(() =>
    {
        Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Failed));
        Assert.That(state.Hosts[HostName.Parse("b")].Problem!.Code, Is.EqualTo(code));
        Assert.That(run.Events.Select(e => e.Event).OfType<ActivationStarted>(), Is.Empty);
        foreach (var host in state.Hosts.Keys)
        {
            Assert.That(run.Fleet.Transport.Steps.Where(s => s.Host == host).Select(s => s.Step), Has.None.EqualTo(HostStep.Try), host.Value);
            Assert.That(run.Fleet[host.Value].Lock, Is.Null, $"{host}: what was taken is given back");
        }
    });

    private static VirtualRun Run(Func<string, TestBuild?>? test = null) => new(new BlueGreenStrategy(), ("a", []), ("b", []), ("c", ["a"])) { Test = test ?? (_ => null) };
}
