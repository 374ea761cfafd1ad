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
    public void A_run_that_succeeded()
    {
        var report = Write(Succeeded);
        Assert.That(report, Does.StartWith("# Deployment Execution: 4 hosts\n\n**All systems operational\\! 🚀**\n"));
        Contains(
            report,
            $"- Run: `{Run}`",
            "- Fleet: ./fleet",
            "- Strategy: smart\n  - the hosts are few and the change is small",
            "- Started: 2025-01-15 12:00:01 UTC",
            "- Elapsed: 33s",
            "## Phase 1: 1 host\n\n### ✅ p620 (monitoring server)\n\n- Building... ✅ (1s)\n- Copying (3.4 MB)... ✅ (2s)\n- Switching on trial... ✅ (1s)\n"
            + "- Validating services... ✅ (3s)\n- Committing... ✅ (1s)\n  - service prometheus: ✅ active\n- Generation: 245 → 246\n- Status: ✅ DEPLOYED (11s)",
            "- Risk: LOW",
            "## Phase 2 (After p620, Parallel): 3 hosts",
            "\n\n### ⏭️ p510 (media server)\n\n- Generation: 77\n- Status: ⏭️ SKIPPED (no changes)",
            "| p510 | 1 | 1 | 0 B |",
            "| p620 | 2 | 5 | 3.4 MB |",
            "| Total | 7 | 16 | 10.2 MB |",
            "- Hosts Deployed: 3/4 (p510 skipped)\n- Success Rate: 100%\n- Rollbacks: 0\n- Strategy: smart");
        Assert.That(report, Does.Not.Contain("Next Steps"));
        Assert.That(report, Does.Not.Contain("Estimate and what happened"), "nobody has estimated it");
    }

    [Test]
    public void What_was_expected_is_compared_with_what_happened()
    {
        var report = Write([Succeeded[0] with { Event = Begin(Estimated) }, .. Succeeded[1..]]);
        Contains(
            report,
            "- Risk: MEDIUM\n  - p620 gets another kernel\n",
            "## Estimate and what happened\n\n| Host | Expected | Took | Difference |\n",
            "| p620 | 2m 5s | 8s | -1m 57s (-94%) |",
            "| The whole run | 3m 30s | 33s | -2m 57s (-84%) |");
    }

    [Test]
    public void The_graph_is_drawn_while_anybody_can_read_it()
    {
        Assert.That(Write(Succeeded), Does.Contain("## Dependencies\n\n```mermaid\nflowchart TD\n  n0[\"p510 (media server)<br/>skipped\"]:::skipped\n").And.Contain("  n1 --> n2\n"));
        Assert.That(Write(Chain.Of(Begin(Large(101)))), Does.Not.Contain("mermaid"));
    }

    [Test]
    public void What_several_stages_work_on_and_what_is_unchanged_is_told_once()
    {
        var stages = Plan.Stages.Insert(0, Plan.Stages[0] with { Name = "try", To = Milestone.Healthy });
        Assert.That(Write(Chain.Of(Begin(Plan with { Stages = stages }))).Split("### "), Has.Length.EqualTo(5));
        Assert.That(Write(Chain.Of(Begin(Plan with { Stages = stages }))), Does.Contain("## Unchanged: 1 host\n\n### ⏭️ p510 (media server)"));
    }

    [Test]
    public void A_host_that_failed_names_its_unit_the_log_and_the_command()
    {
        var report = Write(OneFailed);
        Contains(
            report,
            "**FAILED: razer; back on the old system.**",
            "### ↩️ razer (mobile)",
            "- Switching on trial... ❌ (1s)\n- Rolling back... ✅ (1s)",
            "- Status: ↩️ ROLLED BACK",
            "- ND0504: The activation left a unit failed.",
            "- Unit `nginx.service` failed (exit-code); the last lines of its log:\n\n  ```text\n  starting\n  bind: address in use\n  ```",
            "- To mend it, type: `ssh razer journalctl -u nginx`",
            "- Hosts Deployed: 2/4 (p510 skipped, razer rolled back)\n- Success Rate: 66%\n- Rollbacks: 1",
            "## Next Steps\n\n- See why razer failed: `journalctl -u nginx.service`, mend it and deploy it again");
    }

    [Test]
    public void Blocked_cancelled_lost_and_half_done_hosts_say_so()
    {
        var lost = HostName.Parse("lost");
        var plan = PlanOf(Change(P620, 1), Change(Razer, 1), Change(Samsung, 1), Change(lost, null)) with
        {
            Blocked = [new BlockedHost(P510, new Problem("ND0401", "p510 does not answer."), null)],
        };
        var report = Write(Chain.Of(
        [
            Begin(plan),
            new RollbackFailed(P620, new Problem("ND0520", "The old system does not start.") { Command = "ssh p620 reboot" }, Unknown: false),
            new HostNeedsReboot(Razer, 2, new Problem("ND0511", "Its kernel changed.")),
            new HostBlocked(Samsung, new Problem("ND0402", "It waits."), P620),
            new RollbackFailed(lost, new Problem("ND0521", "The connection is lost."), Unknown: true),
            new StopRequested(), new RunHalted(2, 1), new RunFinished(RunOutcome.ManualInterventionRequired),
        ]));
        Contains(
            report,
            "**A PERSON IS NEEDED: lost, p620 could not be brought back or asked.**",
            "- Halted: more failures than allowed, so the whole run was taken back\n- Stopped on request",
            "❌ ROLLBACK FAILED",
            "⚠️ NEEDS REBOOT",
            "- Generation: 1 → 2",
            "- Status: ⛔ BLOCKED: it waits for p620",
            "- Status: ❓ UNKNOWN: its guard decides",
            "## Blocked before the start: 1 host",
            "- Status: ⛔ BLOCKED: nothing on it was touched\n- ND0401: p510 does not answer.",
            "- p620 needs a person now: `ssh p620 reboot`",
            "- razer takes the new system only by a reboot",
            "- lost could not be asked");
    }

    [Test]
    public void Nothing_to_do_is_told() =>
        Assert.That(Write(Chain.Of(Begin(Plan with { Hosts = [], Stages = [] }), new RunFinished(RunOutcome.Succeeded))), Does.Contain("**Nothing to do: every host runs its system already.**"));

    [Test]
    public void A_run_that_goes_on_or_never_began_has_a_report()
    {
        Assert.That(Write(Succeeded[..8]), Does.Contain("**The run has not ended.**").And.Contain("- Copying (3.4 MB)... ✅ (2s)\n- Switching on trial... 🔄\n"));
        Assert.That(DeploymentReport.Write(RunState.Empty), Does.StartWith("# Deployment Execution: 0 hosts"));
    }

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

        // Outside of code nothing that means something stands without its backslash.
        var text = Code().Replace(report, "");
        Assert.That(text, Does.Not.Match(@"(?<!\\)<script"));
        Assert.That(text, Does.Contain(@"\<script\>"));
        Assert.That(text, Does.Contain(@"\[red\]x\[/\]"));

        // The fence is longer than any run of backticks in it, so it closes where it should.
        Assert.That(report, Does.Match(@"(?m)^  `{5}text$(?:\n  .*)+?\n  `{5}$"));
    }

    private static string Write(ImmutableArray<RecordedEvent> events) => DeploymentReport.Write(Reducer.Fold(events), Roles);

    private static void Contains(string report, params string[] parts) => Assert.Multiple(() =>
    {
        foreach (var part in parts)
        {
            Assert.That(report, Does.Contain(part));
        }
    });

    [GeneratedRegex(@"(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)")]
    private static partial Regex Code();
}
