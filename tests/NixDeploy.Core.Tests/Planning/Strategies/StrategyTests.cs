using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Planning.Strategies;

[TestFixture]
internal sealed class StrategyTests
{
    private static readonly SystemChanges SshdChanges = new() { Units = new ItemChanges { Changed = ["sshd.service"] } };

    [Test]
    public void The_canary_is_a_host_of_low_risk_that_waits_for_nobody_and_takes_the_most_common_change()
    {
        var common = Upgrade("openssl", "3.0", "3.1");
        var plan = Plan(new CanaryStrategy(), [H("a", Upgrade("vim", "1", "2")), H("b", common, "a"), H("c", common), H("d", common) with { HasEarlier = false }]);
        Assert.That(Names(plan.Stages[0]), Is.EqualTo("c"));
        Assert.That(plan.Stages[0], Has.Property(nameof(Stage.Bake)).EqualTo(TimeSpan.FromMinutes(5)).And.Property(nameof(Stage.OnFailure)).EqualTo(RollbackScope.Stage));
        Assert.That(Names(plan.Stages[1]).Split(' '), Is.EquivalentTo(new[] { "a", "b", "d" }));
        Assert.That(plan.Stages[1].Bake, Is.Null);
        Assert.That(plan.Reasons.Single(), Does.StartWith("c goes first"));
    }

    [Test]
    public void A_tagged_canary_brings_what_it_depends_on()
    {
        var plan = Plan(new CanaryStrategy(), [H("a"), H("b", null, "a"), Tagged(H("c", null, "b"), "first"), H("d")], new CanarySettings { Tag = "first" });
        Assert.That(Names(plan.Stages[0]), Is.EqualTo("a b c"));
        Assert.That(plan.Reasons.Single(), Does.Contain("with what they depend on"));
    }

    [Test]
    public void Of_many_tagged_hosts_as_many_go_first_as_were_asked_for()
    {
        HostChange[] hosts = [.. "abcd".Select(c => Tagged(H(c.ToString()), "first"))];
        Assert.That(Plan(new CanaryStrategy(), hosts, new CanarySettings { Tag = "first" }).Stages, Has.Length.EqualTo(1));
        Assert.That(Names(Plan(new CanaryStrategy(), hosts, new CanarySettings { Tag = "first", Hosts = new HostShare(2, null) }).Stages[0]), Is.EqualTo("a b"));
    }

    [Test]
    public void A_tag_that_no_changed_host_carries_is_refused_with_the_nearest()
    {
        var error = Assert.Throws<UsageException>(() => Plan(new CanaryStrategy(), [Tagged(H("a"), "first")], new CanarySettings { Tag = "frist" }))!;
        Assert.That((error.Code, error.Message), Is.EqualTo(("ND0243", "No changed host carries the canary's tag 'frist' (did you mean 'first'?); the changed hosts' tags are first.")));
    }

    [Test]
    public void Waves_are_counted_on_the_changed_hosts_and_grow()
    {
        HostChange[] hosts = [.. Enumerable.Range(0, 40).Select(i => H($"h{i:00}"))];
        ImmutableArray<HostShare> waves = [new(1, null), new(null, 10), new(null, 50), new(null, 100)];
        Assert.That(Plan(new CanaryStrategy(), hosts, new CanarySettings { Waves = waves }).Stages.Select(s => s.Hosts.Length), Is.EqualTo(new[] { 1, 3, 16, 20 }));
        Assert.That(Plan(new CanaryStrategy(), hosts[..4], new CanarySettings { Waves = waves }).Stages.Select(s => s.Hosts.Length), Is.EqualTo(new[] { 1, 1, 2 }), "10% of 4 is 1, which is no new wave");
        var error = Assert.Throws<UsageException>(() => Plan(new CanaryStrategy(), hosts, new CanarySettings { Waves = [new(10, null), new(null, 10)] }))!;
        Assert.That(error.Code, Is.EqualTo("ND0242"));
    }

    [Test]
    public void Smart_puts_a_canary_first_where_the_risk_is_high_and_says_why()
    {
        var plan = Plan(new SmartStrategy(), [H("a"), H("b", SshdChanges)]);
        Assert.That(plan.Stages.Select(Names), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(plan.Reasons[0], Is.EqualTo("A canary goes first because the risk is high: b, the way to the host changes (sshd.service)."));
        Assert.That(plan.Risk.Level, Is.EqualTo(RiskLevel.High));
    }

    [Test]
    public void Smart_puts_a_canary_first_where_many_hosts_take_the_same_change()
    {
        HostChange[] Many(int count) => [.. Enumerable.Range(0, count).Select(i => H($"h{i:00}", Upgrade("openssl", "3.0", "3.1")))];
        Assert.That(Plan(new SmartStrategy(), Many(9)).Stages, Has.Length.EqualTo(1));
        Assert.That(Plan(new SmartStrategy(), Many(10)).Stages.Select(s => s.Hosts.Length), Is.EqualTo(new[] { 1, 9 }));
    }

    [Test]
    public void Smart_needs_no_canary_for_a_single_host() =>
        Assert.That(Plan(new SmartStrategy(), [H("a", SshdChanges)]).Stages, Has.Length.EqualTo(1));

    [Test]
    public void The_longest_way_starts_first_then_infrastructure()
    {
        var infrastructure = H("z");
        infrastructure = infrastructure with { Host = infrastructure.Host with { Role = "infrastructure" } };
        var plan = Plan(new SmartStrategy(), [H("a"), H("b"), H("c", null, "b"), infrastructure]);
        Assert.That(Names(plan.Stages.Single()), Is.EqualTo("b z a c"));
    }

    [Test]
    public void A_strategy_of_ones_own_is_found_by_name_and_must_not_forget_a_host()
    {
        var registry = new StrategyRegistry([new Forgetful()]);
        Assert.That(registry.Names, Does.Contain("forgetful"));
        var error = Assert.Throws<UsageException>(() => Plan(registry.Find("forgetful"), [H("a"), H("b", null, "a")]))!;
        Assert.That((error.Code, error.Message), Is.EqualTo(("ND0245", "The strategy 'forgetful' made a plan that cannot be: b is in stage 'only', but a, which it waits for, comes later.")));
    }

    [Test]
    public void Left_out_dependencies_are_warned_of()
    {
        var input = Input([H("a")], new CanarySettings()) with { LeftOut = [HostName.Parse("db")] };
        Assert.That(Planner.Plan(input, new SmartStrategy()).Warnings, Is.EqualTo(new[] { "db has changed too, and selected hosts depend on it: add --include-dependencies to deploy it first." }));
    }

    private static DeploymentPlan Plan(IDeploymentStrategy strategy, HostChange[] hosts, CanarySettings? canary = null) =>
        Planner.Plan(Input(hosts, canary ?? new CanarySettings()), strategy);

    private static PlanningInput Input(HostChange[] hosts, CanarySettings canary)
    {
        var settings = new FleetSettings { Canary = canary };
        var fleet = new Fleet("test", settings, hosts.ToImmutableSortedDictionary(h => h.Host.Name, h => h.Host));
        return new PlanningInput(settings, DependencyGraph.Of(fleet), [.. hosts], [], ImmutableSortedDictionary<HostName, Problem>.Empty);
    }

    private static HostChange H(string name, SystemChanges? changes = null, params string[] dependencies) => new(
        new Host(HostName.Parse(name)) { Dependencies = [.. dependencies.Select(HostName.Parse)] },
        new SystemRef(RandomFleets.Toplevel("old"), 1),
        new SystemBuild(RandomFleets.Toplevel(name), null))
    { Changes = changes };

    private static HostChange Tagged(HostChange change, string tag) => change with { Host = change.Host with { Tags = [tag] } };

    private static SystemChanges Upgrade(string package, string before, string after) => new()
    {
        Packages = [new PackageChange(package, PackageChangeKind.Upgraded, [before], [after])],
        Counts = new ChangeCounts { PackagesUpgraded = 1 },
    };

    private static string Names(Stage stage) => string.Join(' ', stage.Hosts);

    private sealed class Forgetful : IDeploymentStrategy
    {
        public string Name => "forgetful";

        public PlanShape Shape(StrategyInput input) =>
            new([new Stage("only", [.. input.Hosts.Skip(1).Select(h => h.Name)], Milestone.Committed, null, RollbackScope.Host, false)], []);
    }
}
