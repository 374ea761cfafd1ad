using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Planning;

/// <summary>A guard that a fleet gives less time than its checks take.</summary>
[TestFixture]
internal sealed class GuardTimeTests
{
    private static readonly FleetSettings Short = new() { GuardTimeout = S(30), HealthWindow = S(60), HealthCheckTimeout = S(5) };

    [TestCase(30)]
    [TestCase(60)]
    public void A_guard_that_is_shorter_than_the_window_is_renewed_so_nobody_is_warned(int guard)
    {
        var plan = Plan(Input(Short with { GuardTimeout = S(guard) }, H("a")));
        Assert.That((plan.Hosts.Single().Guard, plan.Hosts.Single().Window), Is.EqualTo(((TimeSpan?)S(guard), S(60))));
        Assert.That(plan.Warnings, Is.Empty);
    }

    [Test]
    public void Many_hosts_are_told_in_few_words()
    {
        var settings = Short with { GuardTimeout = S(1100), HealthCheckTimeout = S(1200) };
        var warnings = Plan(Input(settings, [.. Enumerable.Range(0, 3000).Select(i => H($"h{i:0000}", window: 60 + (i % 1000)))])).Warnings;
        Assert.That(warnings, Has.Length.EqualTo(6));
        Assert.That(warnings[0], Does.StartWith("h0000, h1000, h2000: guard-timeout is 1100 s"));
        Assert.That(warnings[^1], Is.EqualTo("The same holds for 2985 more hosts with other checks."));
        Assert.That(Plan(Input(settings, [.. Enumerable.Range(0, 3000).Select(i => H($"h{i:0000}"))])).Warnings.Single(), Does.Contain("h0008 and 2991 more: guard-timeout"));
    }

    [Test]
    public void Hosts_without_checks_need_no_longer_guard() =>
        Assert.That(Plan(Input(Short, new Host(HostName.Parse("a")))).Warnings, Is.Empty);

    [TestCase(ActivationMode.Boot)]
    [TestCase(ActivationMode.DryActivate)]
    public void Where_nothing_is_activated_there_is_no_guard(ActivationMode mode) =>
        Assert.That(Plan(Input(Short, H("a")) with { Mode = mode }).Hosts.Single().Guard, Is.Null);

    [Test]
    public void Hosts_that_are_not_guarded_are_not_concerned()
    {
        Assert.That(Plan(Input(Short with { AutoRollback = false }, H("a"))).Warnings, Is.Empty);
        Assert.That(Plan(Input(Short, H("a") with { RollbackOnFailure = false })).Warnings, Is.Empty);
    }

    [Test]
    public void Hosts_that_do_not_change_are_not_concerned()
    {
        var input = Input(Short, H("a"), H("b", window: 1));
        Assert.That(Plan(input with { Changed = [input.Changed[1]], Skipped = [new SkippedHost(HostName.Parse("a"), input.Changed[0].From)] }).Hosts, Has.Length.EqualTo(1));
    }

    [Test]
    public void A_guard_that_is_too_short_only_for_checks_that_come_up_late_is_warned_of()
    {
        var settings = Short with { GuardTimeout = S(150) };
        Assert.That(Plan(Input(settings with { HealthCheckTimeout = S(90) }, H("a"))).Warnings, Is.Empty);
        Assert.That(Plan(Input(settings with { HealthCheckTimeout = S(120) }, H("a"), H("b"))).Warnings, Is.EqualTo(new[]
        {
            "a, b: guard-timeout is 150 s, but the checks may take 120 s to pass for the first time, and must then keep passing for 60 s (health-window): "
            + "a system that comes up late is rolled back although it is good. Set it above 180 s, or remove it.",
        }));
        Assert.That(Plan(Input(settings with { HealthStartUp = S(400) }, H("a"))).Warnings.Single(), Does.Contain("may take 400 s"));
        Assert.That(Plan(Input(settings with { HealthStartUp = S(400) }, new Host(HostName.Parse("a")))).Warnings.Single(), Does.Contain("may take 400 s to pass for the first time: a system"));
    }

    [Test]
    public void Left_to_us_it_is_long_enough_for_whatever_the_checks_may_take()
    {
        var settings = new FleetSettings { HealthStartUp = S(600) };
        Assert.That(Plan(Input(settings, H("a"), new Host(HostName.Parse("b")))).Hosts.Select(h => h.Guard!.Value.TotalSeconds), Is.EqualTo(new[] { 180 + 600 + 60, 180 + 600 }));
    }

    [TestCase(5, 12, 180 + (5 * 12) + 60)]
    [TestCase(27, 5, 180 + (27 * 5) + 60)]
    [TestCase(27, 120, 180 + 120 + 600 + 60, TestName = "The_waiting_for_many_slow_checks_is_bounded")]
    public void It_is_long_enough_for_checks_that_wait_for_each_other(int checks, int timeout, int guard)
    {
        var host = H("a") with { HealthChecks = [.. Enumerable.Range(0, checks).Select(i => new HealthCheck.Tcp("localhost", 80 + i) { Timeout = S(timeout) })] };
        Assert.That(Plan(Input(new FleetSettings(), host)).Hosts.Single().Guard, Is.EqualTo(S(guard)));
    }

    [Test]
    public void Units_that_are_asked_for_together_wait_for_nobody() =>
        Assert.That(Plan(Input(new FleetSettings(), H("a") with { HealthChecks = [.. Enumerable.Range(0, 9).Select(i => new HealthCheck.Service($"s{i}"))] })).Hosts.Single().Guard, Is.EqualTo(S(180 + 120 + 60)));

    private static DeploymentPlan Plan(PlanningInput input) => Planner.Plan(input, new ParallelStrategy());

    private static PlanningInput Input(FleetSettings settings, params Host[] hosts)
    {
        var fleet = new NixDeploy.Fleets.Fleet("test", settings, hosts.ToImmutableSortedDictionary(h => h.Name, h => h));
        var old = new SystemRef(RandomFleets.Toplevel("old"), 1);
        return new PlanningInput(
            settings, DependencyGraph.Of(fleet), [.. hosts.Select(h => new HostChange(h, old, new SystemBuild(RandomFleets.Toplevel(h.Name.Value), null)))], [], ImmutableSortedDictionary<HostName, Problem>.Empty);
    }

    private static Host H(string name, int? window = null) => new(HostName.Parse(name))
    {
        HealthChecks = [new HealthCheck.Service("web")],
        HealthWindow = window is { } seconds ? S(seconds) : null,
    };

    private static TimeSpan S(int seconds) => TimeSpan.FromSeconds(seconds);
}
