using System.Collections.Immutable;
using System.Text.RegularExpressions;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Runs;
using NixDeploy.Tests.Journal;
using static NixDeploy.Tests.Reporting.Model.Sample;

namespace NixDeploy.Tests.Reporting.Runs;

internal sealed partial class DeploymentReportTests
{
    [Test]
    public void A_check_that_could_not_be_measured_is_not_shown_as_one_that_failed()
    {
        var report = DeploymentReport.Write(Reducer.Fold(Chain.Of(
            Begin(), new HostActivated(P620), new CheckObserved(P620, "ping x", false, "no such program") { Measured = false }, new CheckObserved(P620, "dns y", false, "unknown name"))));

        Assert.That(report, Does.Contain("  - ping x: ❔ could not be measured: no such program\n  - dns y: ❌ unknown name\n"));
    }

    [Test]
    public void The_graph_is_drawn_for_few_hosts_only()
    {
        Assert.That(Write(Succeeded), Does.Contain("## Dependencies\n\n```mermaid\nflowchart TD\n  n0[\"p510 (media server)<br/>skipped\"]:::skipped\n").And.Contain("  n1 --> n2\n"));
        Assert.That(Write(Chain.Of(Begin(Large(101)))), Does.Not.Contain("mermaid"));
    }

    [Test]
    public void A_host_of_several_stages_and_an_unchanged_one_are_shown_once()
    {
        var stages = Plan.Stages.Insert(0, Plan.Stages[0] with { Name = "try", To = Milestone.Healthy });
        Assert.That(Write(Chain.Of(Begin(Plan with { Stages = stages }))).Split("### "), Has.Length.EqualTo(5));
        Assert.That(Write(Chain.Of(Begin(Plan with { Stages = stages }))), Does.Contain("## Unchanged: 1 host\n\n### ⏭️ p510 (media server)"));
    }

    [Test]
    public void A_run_that_never_started_has_a_report() =>
        Assert.That(DeploymentReport.Write(RunState.Empty), Does.StartWith("# Deployment Execution: 0 hosts"));

    [Test]
    public void Hostile_text_stays_text()
    {
        var problem = new Problem("ND0504", Hostile) { Command = Hostile, Units = [new UnitFailure(Hostile, Hostile, [Hostile, "```", "~~~", "````"])] };
        var plan = Plan with { Reasons = [Hostile], Warnings = [Hostile], Strategy = Hostile };
        var report = DeploymentReport.Write(
            Reducer.Fold(Chain.Of(
            [
                Begin(plan) with { Run = Hostile, Fleet = Hostile }, .. Fail(Razer, problem), new CheckObserved(Razer, Hostile, false, Hostile), new RunFinished(RunOutcome.Failed),
            ])),
            new Dictionary<HostName, string?> { [P620] = Hostile });
        Assert.That(report.Where(char.IsControl), Is.All.EqualTo('\n'));
        Assert.That(report, Does.Not.Contain("\u202e"));

        // Outside of code every special character is escaped.
        var text = Code().Replace(report, "");
        Assert.That(text, Does.Not.Match(@"(?<!\\)<script"));
        Assert.That(text, Does.Contain(@"\<script\>"));
        Assert.That(text, Does.Contain(@"\[red\]x\[/\]"));

        // The fence is longer than any run of backticks in it, so it closes where it should.
        Assert.That(report, Does.Match(@"(?m)^  `{5}text$(?:\n  .*)+?\n  `{5}$"));
    }

    private static string Write(ImmutableArray<RecordedEvent> events) => DeploymentReport.Write(Reducer.Fold(events), Roles);

    [GeneratedRegex(@"(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)")]
    private static partial Regex Code();
}
