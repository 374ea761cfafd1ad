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
    public void Where_the_tagged_canary_cannot_be_deployed_nobody_is()
    {
        var plan = Planner.Plan(Blocked(Input([H("b"), H("d", null, "b"), H("e")], new CanarySettings { Tag = "first" }), Tagged(H("a"), "first"), H("c")), new CanaryStrategy());
        Assert.Multiple(() =>
        {
            Assert.That(plan.Hosts, Is.Empty);
            Assert.That(plan.Stages, Is.Empty);
            Assert.That(plan.Reasons, Is.EqualTo(new[] { "No host is started because a, which is to go first (the tag first says so), cannot be deployed." }));
            Assert.That(plan.Blocked.Select(b => $"{b.Host} {b.Problem.Code} {b.Because}"), Is.EqualTo(new[] { "a ND0513 ", "b ND0601 a", "c ND0513 ", "d ND0601 a", "e ND0601 a" }));
            Assert.That(plan.Blocked[1].Problem.Message, Is.EqualTo("It is not deployed without a, which cannot be deployed."));
        });
    }

    [Test]
    public void A_tagged_canary_that_waits_for_one_that_cannot_be_deployed_holds_everybody_up_too()
    {
        var plan = Planner.Plan(Blocked(Input([Tagged(H("b", null, "a"), "first"), H("c")], new CanarySettings { Tag = "first" }), H("a")), new CanaryStrategy());
        Assert.That(plan.Blocked.Select(b => $"{b.Host} {b.Because}"), Is.EqualTo(new[] { "a ", "b a", "c b" }));
    }

    [Test]
    public void Where_another_host_carries_the_tag_too_it_goes_first()
    {
        var plan = Planner.Plan(Blocked(Input([Tagged(H("b"), "first"), H("c")], new CanarySettings { Tag = "first" }), Tagged(H("a"), "first")), new CanaryStrategy());
        Assert.That(plan.Stages.Select(Names), Is.EqualTo(new[] { "b", "c" }));
    }

    [Test]
    public void Where_the_tagged_canary_is_only_unchanged_the_tag_is_refused_whoever_else_cannot_be_deployed()
    {
        var input = Blocked(Input([H("b")], new CanarySettings { Tag = "first" }), H("a"));
        Assert.That(Assert.Throws<UsageException>(() => Planner.Plan(input, new CanaryStrategy()))!.Code, Is.EqualTo("ND0243"));
    }

    [Test]
    public void A_host_whose_tags_nobody_knows_may_be_the_canary()
    {
        var input = Blocked(Input([H("b")], new CanarySettings { Tag = "first" }), H("a"), H("c"));
        var plan = Planner.Plan(input with { Described = input.Described.Remove(HostName.Parse("c")) }, new CanaryStrategy());
        Assert.That(plan.Reasons, Is.EqualTo(new[] { "No host is started because no other host carries the tag first, and c, whose tags are not known, cannot be deployed." }));
    }

    [Test]
    public void Blue_green_starts_nobody_where_one_cannot_be_deployed()
    {
        var plan = Planner.Plan(Blocked(Input([H("b"), H("d", null, "c")], new CanarySettings()), H("a"), H("c")), new BlueGreenStrategy());
        Assert.Multiple(() =>
        {
            Assert.That(plan.Hosts, Is.Empty);
            Assert.That(plan.Stages, Is.Empty);
            Assert.That(plan.Reasons, Is.EqualTo(new[] { "All hosts or none: no host is started because a, c cannot be deployed." }));
            Assert.That(plan.Blocked.Select(b => $"{b.Host} {b.Problem.Code} {b.Because}"), Is.EqualTo(new[] { "a ND0513 ", "b ND0601 a", "c ND0513 ", "d ND0601 c" }));
        });
    }

    [Test]
    public void In_blue_green_deferred_hosts_do_not_count()
    {
        var input = Input([H("b")], new CanarySettings()) with { Unreachable = [new UnreachableHost(HostName.Parse("a"), new Problem("ND0513", "It does not answer."), Deferred: true, Because: null)] };
        Assert.That(Planner.Plan(input, new BlueGreenStrategy()).Hosts.Select(h => h.Host.Value), Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public void A_strategy_of_ones_own_is_held_up_by_a_blocked_host_only()
    {
        var input = Blocked(Input([H("b")], new CanarySettings()), H("a"));
        Assert.That(Planner.Plan(input, new Waiting("a")).Blocked.Select(b => b.Host.Value), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(Assert.Throws<UsageException>(() => Planner.Plan(input, new Waiting("b")))!.Code, Is.EqualTo("ND0245"));
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

    [TestCase(ActivationMode.Switch, null, "a goes first (low risk, no dependencies to wait for, and the most common change) and is watched for 300 s; then the other 2 hosts.")]
    [TestCase(ActivationMode.Boot, RebootPolicy.Always, "a goes first (low risk, no dependencies to wait for, and the most common change) and is watched for 300 s; then the other 2 hosts.")]
    [TestCase(ActivationMode.Boot, null, "a goes first (low risk, no dependencies to wait for, and the most common change); then the other 2 hosts.")]
    [TestCase(ActivationMode.DryActivate, RebootPolicy.Always, "a goes first (low risk, no dependencies to wait for, and the most common change); then the other 2 hosts.")]
    public void A_watching_is_promised_where_there_is_one(ActivationMode mode, RebootPolicy? reboot, string reason)
    {
        var plan = Planner.Plan(Input([H("a"), H("b"), H("c")], new CanarySettings()) with { Mode = mode, Reboot = reboot }, new CanaryStrategy());
        Assert.That(plan.Reasons, Is.EqualTo(new[] { reason }));
        Assert.That(plan.Stages[0].Bake is not null, Is.EqualTo(reason.Contains("watched", StringComparison.Ordinal)));
    }

    [TestCase(ActivationMode.Switch, null, "a was deployed, and the bake passed; 2 hosts are left. Go on?")]
    [TestCase(ActivationMode.Boot, RebootPolicy.IfNeeded, "a was deployed, and the bake passed; 2 hosts are left. Go on?")]
    [TestCase(ActivationMode.Boot, null, "a was deployed for its next boot, and it was not seen running; 2 hosts are left. Go on?")]
    [TestCase(ActivationMode.DryActivate, null, null)]
    public void A_question_says_what_is_known_of_the_canaries(ActivationMode mode, RebootPolicy? reboot, string? question)
    {
        var plan = Planner.Plan(Input([H("a"), H("b"), H("c")], new CanarySettings { Approval = Approval.Required }) with { Mode = mode, Reboot = reboot }, new CanaryStrategy());
        Assert.That(plan.Stages[0].After.OfType<Gate.Approval>().SingleOrDefault()?.Prompt, Is.EqualTo(question));
    }

    [Test]
    public void A_strategy_of_ones_own_asks_nobody_where_nothing_is_changed_and_watches_nobody_where_nothing_new_runs()
    {
        ImmutableArray<Gate> Gates(ActivationMode mode) => Planner.Plan(Input([H("a")], new CanarySettings()) with { Mode = mode }, new Careful()).Stages[0].After;
        Assert.That(Gates(ActivationMode.Switch), Has.Length.EqualTo(2));
        Assert.That(Gates(ActivationMode.Boot).Single(), Is.TypeOf<Gate.Approval>());
        Assert.That(Gates(ActivationMode.DryActivate), Is.Empty);
    }

    [TestCase(ActivationMode.Switch, true)]
    [TestCase(ActivationMode.Boot, false)]
    [TestCase(ActivationMode.DryActivate, false)]
    public void Blue_green_speaks_of_health_where_it_looks_at_it(ActivationMode mode, bool healthy)
    {
        var plan = Planner.Plan(Input([H("a")], new CanarySettings()) with { Mode = mode }, new BlueGreenStrategy());
        Assert.That(plan.Reasons.Single().Contains("healthy", StringComparison.Ordinal), Is.EqualTo(healthy));
        Assert.That(plan.Stages.Any(s => s.To == Milestone.Healthy), Is.EqualTo(healthy));
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
        var input = Input([H("a")], new CanarySettings()) with { NotSelected = [HostName.Parse("db")] };
        Assert.That(Planner.Plan(input, new SmartStrategy()).Warnings, Is.EqualTo(new[] { "db has changed too, and selected hosts depend on it: add --include-dependencies to deploy it first." }));
    }

    private static DeploymentPlan Plan(IDeploymentStrategy strategy, HostChange[] hosts, CanarySettings? canary = null) =>
        Planner.Plan(Input(hosts, canary ?? new CanarySettings()), strategy);

    private static PlanningInput Input(HostChange[] hosts, CanarySettings canary)
    {
        var settings = new FleetSettings { Canary = canary };
        var described = hosts.ToImmutableSortedDictionary(h => h.Host.Name, h => h.Host);
        foreach (var absent in hosts.SelectMany(h => h.Host.Dependencies).Where(d => !described.ContainsKey(d)))
        {
            described = described.Add(absent, new Host(absent));
        }

        var fleet = new Fleet("test", settings, described);
        return new PlanningInput(settings, DependencyGraph.Of(fleet), [.. hosts], [], ImmutableSortedDictionary<HostName, Problem>.Empty);
    }

    private static PlanningInput Blocked(PlanningInput input, params HostChange[] blocked)
    {
        HostChange[] all = [.. input.Changed, .. blocked];
        var fleet = new Fleet("test", input.Settings, all.ToImmutableSortedDictionary(h => h.Host.Name, h => h.Host));
        return input with
        {
            Graph = DependencyGraph.Of(fleet),
            Described = fleet.Hosts,
            Unplannable = blocked.ToImmutableSortedDictionary(b => b.Host.Name, b => new Problem("ND0513", "It does not answer.")),
        };
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

    private sealed class Waiting(string @for) : IDeploymentStrategy
    {
        public string Name => "waiting";

        public PlanShape Shape(StrategyInput input) => new([], []) { HeldUpBy = HostName.Parse(@for) };
    }

    private sealed class Careful : IDeploymentStrategy
    {
        public string Name => "careful";

        public PlanShape Shape(StrategyInput input) => new(
            [new Stage("all", [.. input.Hosts.Select(h => h.Name)], Milestone.Committed, null, RollbackScope.Host, false) { After = [new Gate.Bake(TimeSpan.FromMinutes(1)), new Gate.Approval("Well?", TimeSpan.FromMinutes(1))] }],
            []);
    }

    private sealed class Forgetful : IDeploymentStrategy
    {
        public string Name => "forgetful";

        public PlanShape Shape(StrategyInput input) =>
            new([new Stage("only", [.. input.Hosts.Skip(1).Select(h => h.Name)], Milestone.Committed, null, RollbackScope.Host, false)], []);
    }
}
