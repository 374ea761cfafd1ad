using System.Collections.Immutable;
using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;
using NixDeploy.Scheduling;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Planning;

[TestFixture]
internal sealed class PlannerTests
{
    private static readonly Gen<(PlanningInput Input, DeploymentPlan Plan)> Plans =
        from input in RandomFleets.Input()
        from strategy in RandomFleets.Strategy
        select (input, Planner.Plan(input, strategy));

    [Test]
    public void Every_host_is_planned_skipped_or_blocked_and_only_one_of_them() => Plans.Sample(
        p =>
        {
            var all = p.Plan.Hosts.Select(h => h.Host).Concat(p.Plan.Skipped.Select(s => s.Host)).Concat(p.Plan.Blocked.Select(b => b.Host)).ToList();
            return all.Count == all.Distinct().Count()
                && all.Order().SequenceEqual(p.Input.Changed.Select(c => c.Host.Name).Concat(p.Input.Skipped.Select(s => s.Host)).Concat(p.Input.Unplannable.Keys).Order());
        },
        iter: 2000);

    [Test]
    public void Every_planned_host_is_committed_in_exactly_one_stage() => Plans.Sample(
        p => p.Plan.Stages.Where(s => s.To == Milestone.Committed).SelectMany(s => s.Hosts).Order().SequenceEqual(p.Plan.Hosts.Select(h => h.Host)),
        iter: 2000);

    [Test]
    public void The_same_input_gives_the_same_bytes() => RandomFleets.Input().Select(RandomFleets.Strategy).Sample(
        (input, strategy) => PlanJson.Write(Planner.Plan(input, strategy)) == PlanJson.Write(Planner.Plan(input, strategy)),
        iter: 500);

    [Test]
    public void Milestones_never_decrease_and_nobody_is_in_a_stage_before_one_that_it_waits_for() => Plans.Sample(
        p =>
        {
            var reached = new Dictionary<HostName, Milestone>();
            foreach (var stage in p.Plan.Stages)
            {
                foreach (var host in stage.Hosts)
                {
                    Assert.That(reached.TryGetValue(host, out var before) && before >= stage.To, Is.False, $"{host} in {stage.Name}");
                    reached[host] = stage.To;
                }

                var behind = stage.Hosts.SelectMany(h => p.Plan.Hosts.Single(x => x.Host == h).After).Where(a => p.Plan.Bridges.All(b => b.Host != a));
                Assert.That(behind.Where(a => !(reached.TryGetValue(a, out var m) && m >= stage.To)), Is.Empty, stage.Name);
            }
        },
        iter: 2000);

    [Test]
    public void An_estimate_lies_between_the_longest_way_and_one_after_the_other() => Plans.Sample(
        p =>
        {
            var longest = p.Plan.Hosts.Select(h => h.Estimate.Work).DefaultIfEmpty(TimeSpan.Zero).Max();
            var estimate = PlanSimulation.Of(p.Plan);
            Assert.That(estimate.Total, Is.GreaterThanOrEqualTo(longest).And.LessThanOrEqualTo(estimate.Sequential));
        },
        iter: 1000);

    [Test]
    public void A_plan_survives_JSON() => Plans.Sample(
        p => PlanJson.Write(PlanJson.Read(PlanJson.Write(p.Plan), "test")) == PlanJson.Write(p.Plan),
        iter: 500);

    [Test]
    public void A_plan_that_was_changed_by_hand_is_refused()
    {
        var json = PlanJson.Write(SpecPlan()).Replace("\"p620\"", "\"p621\"", StringComparison.Ordinal);
        var error = Assert.Throws<UsageException>(() => PlanJson.Read(json, "plan.json"))!;
        Assert.That(error.Message, Does.StartWith("plan.json:").And.Contain("changed after it was written"));
    }

    [Test]
    public void Specs_fleet_starts_with_the_monitoring_server_and_skips_the_unchanged()
    {
        var plan = SpecPlan();
        Assert.Multiple(() =>
        {
            Assert.That(plan.Stages.Single().Hosts.Select(h => h.Value), Is.EqualTo(new[] { "p620", "razer" }));
            Assert.That(plan.Hosts.Single(h => h.Host.Value == "razer").After.Select(h => h.Value), Is.EqualTo(new[] { "p620" }));
            Assert.That(plan.Skipped.Select(s => s.Host.Value), Is.EqualTo(new[] { "p510" }));
        });
    }

    [Test]
    public void Dependents_of_a_host_that_cannot_be_deployed_are_blocked_and_say_because_of_whom()
    {
        var input = Spec(unreachable: "p620");
        var plan = Planner.Plan(input, new SmartStrategy());
        Assert.Multiple(() =>
        {
            Assert.That(plan.Hosts, Is.Empty);
            Assert.That(plan.Stages, Is.Empty);
            Assert.That(plan.Blocked.Single(b => b.Host.Value == "razer").Because?.Value, Is.EqualTo("p620"));
        });
    }

    [Test]
    public void The_parallel_strategy_warns_of_every_dependency_that_it_overrides()
    {
        var plan = Planner.Plan(Spec(), new ParallelStrategy());
        Assert.Multiple(() =>
        {
            Assert.That(plan.Hosts.SelectMany(h => h.After), Is.Empty);
            Assert.That(plan.Warnings.Single(), Does.Contain("razer").And.Contain("p620"));
        });
    }

    [Test]
    public void A_rollback_goes_from_dependents_to_dependencies()
    {
        var plan = Planner.PlanRollback(Spec());
        Assert.Multiple(() =>
        {
            Assert.That(plan.Hosts.Single(h => h.Host.Value == "p620").After.Select(h => h.Value), Is.EqualTo(new[] { "razer" }));
            Assert.That(plan.Hosts.Single(h => h.Host.Value == "razer").After, Is.Empty);
        });
    }

    [Test]
    public void A_rollback_reboots_no_host_whatever_hosts_and_the_fleet_say()
    {
        var spec = Spec();
        var rebooting = spec with
        {
            Settings = spec.Settings with { Reboot = RebootPolicy.IfNeeded },
            Changed = [.. spec.Changed.Select(c => c with { Host = c.Host with { Reboot = c.Host.Role == "client" ? RebootPolicy.Always : null } })],
        };
        Assert.That(Planner.Plan(rebooting, new SmartStrategy()).Hosts.Select(h => h.Reboot?.When), Is.EqualTo(new RebootPolicy?[] { RebootPolicy.IfNeeded, RebootPolicy.Always }));
        Assert.That(Planner.PlanRollback(rebooting).Hosts.Select(h => h.Reboot), Is.All.Null);
    }

    private static DeploymentPlan SpecPlan() => Planner.Plan(Spec(), new SmartStrategy());

    private static PlanningInput Spec(string? unreachable = null)
    {
        var p620 = new Host(HostName.Parse("p620")) { Role = "infrastructure" };
        var p510 = new Host(HostName.Parse("p510")) { Dependencies = [p620.Name] };
        var razer = new Host(HostName.Parse("razer")) { Role = "client", Dependencies = [p620.Name] };
        var fleet = new Fleet("spec", new FleetSettings(), new[] { p620, p510, razer }.ToImmutableSortedDictionary(h => h.Name, h => h));
        return new PlanningInput(
            fleet.Settings,
            DependencyGraph.Of(fleet),
            [.. new[] { p620, razer }.Where(h => h.Name.Value != unreachable).Select(h => new HostChange(
                h, new SystemRef(RandomFleets.Toplevel("old"), 1), new SystemBuild(RandomFleets.Toplevel(h.Name.Value), null)))],
            [new SkippedHost(p510.Name, new SystemRef(RandomFleets.Toplevel("p510"), 7))],
            unreachable is null
                ? ImmutableSortedDictionary<HostName, Problem>.Empty
                : ImmutableSortedDictionary<HostName, Problem>.Empty.Add(HostName.Parse(unreachable), new Problem("ND0500", "It does not answer.")));
    }
}
