using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;
using NixDeploy.Tests.Planning;
using static NixDeploy.Tests.Reporting.Model.Sample;

namespace NixDeploy.Tests.Reporting.Model;

internal sealed class PhasesTests
{
    [Test]
    public void Hosts_come_behind_those_they_wait_for() =>
        Assert.That(Titles(Plan), Is.EqualTo(["Phase 1: p620", "Phase 2 (After p620, Parallel): razer, samsung, p510 skipped"]));

    [Test]
    public void A_stage_of_one_at_a_time_says_so() =>
        Assert.That(Titles(Plan with { Stages = [Plan.Stages[0] with { MaxInFlight = 1 }] })[1], Does.StartWith("Phase 2 (After p620, One at a time)"));

    [Test]
    public void Stages_are_named_when_there_are_several() => Assert.That(
        Titles(Plan with
        {
            Stages =
            [
                new Stage("canary", [P620], Milestone.Committed, null, RollbackScope.Host, true) { After = [new Gate.Bake(TimeSpan.FromMinutes(5))] },
                new Stage("rest", [Razer, Samsung], Milestone.Committed, null, RollbackScope.Host, false),
            ],
        }),
        Is.EqualTo(["Phase 1 (canary, then watched for 5 minutes): p620", "Phase 2 (rest, Parallel): razer, samsung", "p510 unchanged"]));

    [Test]
    public void Only_the_last_phase_of_a_stage_is_watched() => Assert.That(
        Titles(Plan with { Stages = [Plan.Stages[0] with { After = [new Gate.Bake(TimeSpan.FromSeconds(90))] }] }),
        Is.EqualTo(["Phase 1: p620", "Phase 2 (After p620, Parallel, then watched for 1.5 minutes): razer, samsung, p510 skipped"]));

    [Test]
    public void A_stage_that_commits_nothing_is_one_phase() => Assert.That(
        Titles(Plan with { Stages = [Plan.Stages[0] with { Name = "try", To = Milestone.Healthy }, .. Plan.Stages] })[0],
        Is.EqualTo("Phase 1 (try, Parallel): p620, razer, samsung"));

    [Test]
    public void A_cycle_ends_nowhere() =>
        Assert.That(Titles(PlanOf(Change(P620, 1, Razer), Change(Razer, 1, P620))), Has.Length.EqualTo(1));

    [Test]
    public void Who_waits_through_a_host_that_is_left_alone_waits_for_those_behind_it() => Assert.That(
        Titles(PlanOf(Change(P620, 1), Change(Razer, 1, P510), Change(Samsung, 1, Razer)) with { Bridges = [new BridgeHost(P510, [P620])] }),
        Is.EqualTo(["Phase 1: p620", "Phase 2 (After p620): razer", "Phase 3 (After razer): samsung"]));

    [Test]
    public void A_skipped_host_without_dependencies_is_in_the_first_phase_and_one_behind_everything_in_none()
    {
        var plan = PlanOf(Change(P620, 1)) with
        {
            Skipped = [new SkippedHost(P510, SystemRef.Unknown), new SkippedHost(Razer, SystemRef.Unknown) { DependsOn = [P620] }],
        };
        Assert.That(Titles(plan), Is.EqualTo(["Phase 1: p620, p510 skipped", "razer unchanged"]));
    }

    [Test]
    public void Every_host_is_in_one_phase_and_behind_its_dependencies() => PlanGen.Plans.Sample(plan =>
    {
        var phases = Phases.Of(plan);
        var numbers = phases.All.SelectMany(p => p.Hosts.Select(h => (h.Host, p.Number))).ToDictionary(p => p.Host, p => p.Number);
        var behind = Behind(plan);
        return numbers.Count == plan.Hosts.Length && plan.Hosts.All(h => behind[h.Host].All(a => numbers[a] < numbers[h.Host]));
    });

    [Test]
    public void Every_skipped_host_is_told_once_and_behind_its_dependencies() => PlanGen.Plans.Sample(plan =>
    {
        var phases = Phases.Of(plan);
        var numbers = phases.All.SelectMany(p => p.Hosts.Select(h => (h.Host, p.Number))).ToDictionary(p => p.Host, p => p.Number);
        var told = phases.All.SelectMany(p => p.Skipped.Select(s => (Host: s, p.Number))).ToList();
        return told.Select(t => t.Host.Host).Concat(phases.Unchanged.Select(s => s.Host)).Order().SequenceEqual(plan.Skipped.Select(s => s.Host))
            && told.All(t => t.Host.DependsOn.All(d => numbers[d] < t.Number));
    });

    [Test]
    public void A_chain_and_a_fan_of_a_hundred_thousand_hosts_are_cut()
    {
        var names = Enumerable.Range(0, 100_000).Select(i => HostName.Parse($"h{i}")).ToArray();
        Assert.That(Phases.Of(PlanOf([.. names.Select((n, i) => Change(n, 1, i == 0 ? [] : [names[i - 1]]))])).All, Has.Length.EqualTo(names.Length));
        Assert.That(Phases.Of(PlanOf([.. names.Select((n, i) => Change(n, 1, i == 0 ? [] : [names[0]]))])).All, Has.Length.EqualTo(2));
    }

    [Test]
    public void Arrays_that_nobody_has_set_are_empty() =>
        Assert.That(Titles(PlanOf(Change(P620, 1) with { After = default }) with { Skipped = default, Bridges = default, Blocked = default }), Is.EqualTo(["Phase 1: p620"]));

    /// <summary>For each changed host the changed hosts that it waits for, through bridges too.</summary>
    private static Dictionary<HostName, HashSet<HostName>> Behind(DeploymentPlan plan)
    {
        var bridges = plan.Bridges.ToDictionary(b => b.Host, b => b.After);
        IEnumerable<HostName> Changed(HostName host) => bridges.TryGetValue(host, out var after) ? after.SelectMany(Changed) : [host];

        return plan.Hosts.ToDictionary(h => h.Host, h => h.After.SelectMany(Changed).ToHashSet());
    }

    private static string[] Titles(DeploymentPlan plan)
    {
        var phases = Phases.Of(plan);
        return
        [
            .. phases.All.Select(p =>
                $"{p.Title(plan.Limits.Activations)}: {string.Join(", ", p.Hosts.Select(h => h.Host.Value).Concat(p.Skipped.Select(s => $"{s.Host} skipped")))}"),
            .. phases.Unchanged.Select(s => $"{s.Host} unchanged"),
        ];
    }
}
