using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;

namespace NixDeploy.Tests.Execution;

/// <summary>Hosts that were reachable for the plan and are unreachable when their turn comes: the same policy applies to them and their dependents.</summary>
internal sealed class UnreachableTests
{
    [Test]
    public void A_skipped_host_blocks_no_other()
    {
        var state = Run(new SmartStrategy(), UnreachablePolicy.Skip, ("a", []), ("b", ["a"]), ("c", [])).Play();

        Assert.Multiple(() =>
        {
            Assert.That(Statuses(state), Is.EqualTo("a Skipped, b Deployed, c Deployed"));
            Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Succeeded));
        });
    }

    [Test]
    public void A_deferred_host_defers_those_behind_it()
    {
        var state = Run(new SmartStrategy(), UnreachablePolicy.Defer, ("a", []), ("b", ["a"]), ("c", ["b"]), ("d", [])).Play();

        Assert.Multiple(() =>
        {
            Assert.That(Statuses(state), Is.EqualTo("a Deferred, b Deferred, c Deferred, d Deployed"));
            Assert.That(state.Hosts[HostName.Parse("c")].Because?.Value, Is.EqualTo("a"));
            Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Succeeded));
        });
    }

    [TestCase(UnreachablePolicy.Skip)]
    [TestCase(UnreachablePolicy.Defer)]
    public void Without_its_canary_nobody_is_started_and_the_run_says_so(UnreachablePolicy offLine)
    {
        var state = Run(new CanaryStrategy(), offLine, ("a", []), ("b", []), ("c", [])).Play();

        Assert.Multiple(() =>
        {
            Assert.That(state.Hosts.Values.Count(h => h.Status == HostStatus.Cancelled), Is.EqualTo(2));
            Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Refused));
        });
    }

    [Test]
    public void Blue_green_goes_on_without_those_that_are_skipped()
    {
        var state = Run(new BlueGreenStrategy(), UnreachablePolicy.Skip, ("a", []), ("b", []), ("c", ["a"])).Play();

        Assert.That(Statuses(state), Is.EqualTo("a Skipped, b Deployed, c Deployed"));
    }

    private static VirtualRun Run(IDeploymentStrategy strategy, UnreachablePolicy offLine, params (string Host, string[] After)[] hosts) => new(strategy, hosts)
    {
        Settings = new FleetSettings { Unreachable = offLine },
        Each = h => h.Name.Value == "a" ? h with { Simulation = new SimulationSettings { Fail = SimulatedFailure.Unreachable } } : h,
    };

    private static string Statuses(RunState state) => string.Join(", ", state.Hosts.Values.Select(h => $"{h.Host} {h.Status}"));
}
