using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning.Strategies;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution.HostSteps;

/// <summary>A guard that is shorter than what it guards.</summary>
internal sealed class GuardRenewalTests
{
    [TestCase(20)]
    [TestCase(60)]
    public void A_host_that_is_watched_for_longer_than_its_guard_waits_is_deployed(int guard)
    {
        var run = Run(guard);
        Assert.That(run.Play().Hosts.Values.Single().Status, Is.EqualTo(HostStatus.Deployed));
        Assert.That(run.Fleet.Transport.Steps.Count(s => s.Step == HostStep.Renew), Is.GreaterThanOrEqualTo(60 / guard));
    }

    [Test]
    public void A_guard_that_outlasts_the_window_is_left_alone()
    {
        var run = Run(61);
        Assert.That(run.Play().Hosts.Values.Single().Status, Is.EqualTo(HostStatus.Deployed));
        Assert.That(run.Fleet.Transport.Steps.Select(s => s.Step), Has.None.EqualTo(HostStep.Renew));
    }

    [Test]
    public void A_host_that_fails_late_in_its_window_goes_back_at_once()
    {
        var run = Run(20);
        var looks = 0;
        run.Fleet["a"].Programs = _ => new(++looks > 5 ? 1 : 0, "", "");
        Assert.That(run.Play().Hosts.Values.Single().Status, Is.EqualTo(HostStatus.RolledBack));
    }

    [Test]
    public void A_guard_that_is_shorter_than_a_check_waits_goes_back_and_is_told_as_the_reason()
    {
        var run = new VirtualRun(new ParallelStrategy(), ("a", []))
        {
            Settings = new FleetSettings { GuardTimeout = TimeSpan.FromSeconds(10), HealthWindow = TimeSpan.FromSeconds(2), HealthCheckTimeout = TimeSpan.FromSeconds(25) },
            Each = h => h with { HealthChecks = [new HealthCheck.Command(["never"])] },
        };
        run.Fleet["a"].Programs = _ => new(1, "", "");

        var host = run.Play().Hosts.Values.Single();

        Assert.That(host.Status, Is.EqualTo(HostStatus.RolledBack));
        Assert.That(host.Problem!.ToString(), Does.StartWith("ND0630: a: its guard's time of 10 s (guard-timeout) ended before its checks had passed").And.Contain("command never: exit code 1"));
        Assert.That(run.At<HostRolledBack>(), Is.LessThan(TimeSpan.FromSeconds(12)));
    }

    private static VirtualRun Run(int guard) => new(new ParallelStrategy(), ("a", []))
    {
        Settings = new FleetSettings { GuardTimeout = TimeSpan.FromSeconds(guard), HealthWindow = TimeSpan.FromSeconds(60), HealthCheckTimeout = TimeSpan.FromSeconds(1) },
        Each = h => h with { HealthChecks = [new HealthCheck.Command(["check"])] },
    };
}
