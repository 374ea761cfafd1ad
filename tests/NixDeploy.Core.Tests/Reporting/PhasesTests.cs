using CsCheck;
using NixDeploy.Planning;
using NixDeploy.Reporting;
using NixDeploy.Tests.Planning;
using static NixDeploy.Tests.Reporting.Sample;

namespace NixDeploy.Tests.Reporting;

internal sealed class PhasesTests
{
    [Test]
    public void Hosts_come_behind_those_they_wait_for() =>
        Assert.That(Titles(Plan), Is.EqualTo(["Phase 1: p620", "Phase 2 (After p620, Parallel): razer, samsung"]));

    [Test]
    public void A_stage_of_one_at_a_time_says_so() =>
        Assert.That(Titles(Plan with { Stages = [Plan.Stages[0] with { MaxInFlight = 1 }] })[1], Does.StartWith("Phase 2 (After p620, One at a time)"));

    [Test]
    public void Stages_are_named_when_there_are_several() => Assert.That(
        Titles(Plan with
        {
            Stages =
            [
                new Stage("canary", [P620], Milestone.Committed, null, RollbackScope.Host, true),
                new Stage("rest", [Razer, Samsung], Milestone.Committed, null, RollbackScope.Host, false),
            ],
        }),
        Is.EqualTo(["Phase 1 (canary): p620", "Phase 2 (rest, Parallel): razer, samsung"]));

    [Test]
    public void A_stage_that_commits_nothing_is_one_phase() => Assert.That(
        Titles(Plan with { Stages = [Plan.Stages[0] with { Name = "try", To = Milestone.Healthy }, .. Plan.Stages] })[0],
        Is.EqualTo("Phase 1 (try, Parallel): p620, razer, samsung"));

    [Test]
    public void A_cycle_ends_nowhere() =>
        Assert.That(Titles(PlanOf(Change(P620, 1, Razer), Change(Razer, 1, P620))), Has.Length.EqualTo(1));

    [Test]
    public void Every_host_is_in_one_phase_and_behind_its_dependencies() => PlanGen.Plans.Sample(plan =>
    {
        var phases = Phases.Of(plan);
        var numbers = phases.SelectMany(p => p.Hosts.Select(h => (h.Host, p.Number))).ToDictionary(p => p.Host, p => p.Number);
        return numbers.Count == plan.Hosts.Length && plan.Hosts.All(h => h.After.All(a => numbers[a] < numbers[h.Host]));
    });

    private static string[] Titles(DeploymentPlan plan) =>
        [.. Phases.Of(plan).Select(p => $"{p.Title(plan.Limits.Activations)}: {string.Join(", ", p.Hosts.Select(h => h.Host))}")];
}
