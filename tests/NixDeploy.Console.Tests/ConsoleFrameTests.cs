using CsCheck;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Terminal;
using NixDeploy.Tests.Events;
using NixDeploy.Tests.Journal;
using NixDeploy.Tests.Planning;
using NixDeploy.Tests.Reporting.Model;

namespace NixDeploy.Tests.Terminal;

internal sealed class ConsoleFrameTests
{
    /// <summary>p620 done, razer being copied to, samsung waiting.</summary>
    private static readonly RunState Midway = Reducer.Fold(Chain.Of(
        [Sample.Begin(), .. Sample.Deploy(Sample.P620, 246), new CopyStarted(Sample.Razer)]));

    [Test]
    public void A_run_looks_as_specified() => Assert.That(Show(Midway, 80, 40), Is.EqualTo(
    [
        "Deployment Progress: 4 hosts",
        "━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━",
        "p510 (media server):",
        "  [━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━] 0%",
        "  Status: ⏭️ SKIPPED (no changes)",
        "",
        "p620 (monitoring server):",
        "  [████████████████████████████████████] 100%",
        "  Status: ✅ DEPLOYED (7s)",
        "  Generation: 245 → 246",
        "",
        "razer (mobile):",
        "  [██████████████░░░░░░░░░░░░░░░░░░░░░░] 40%",
        "  Status: 🔄 COPYING (2s)",
        "  Current: copying what the host lacks",
        "",
        "samsung:",
        "  [░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░] 0%",
        "  Status: ⏳ WAITING",
        "",
        "Overall: 1/3 complete | Elapsed: 12s | ETA: 12s",
    ]));

    [Test]
    public void A_low_terminal_gets_a_row_a_host() => Assert.That(Show(Midway, 80, 10), Is.EqualTo(
    [
        "Deployment Progress: 4 hosts",
        "━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━",
        "p510    [━━━━━━━━━━━━━━━━]   0%  ⏭️ SKIPPED (no changes)",
        "p620    [████████████████] 100%  ✅ DEPLOYED (7s)  245 → 246",
        "razer   [██████░░░░░░░░░░]  40%  🔄 COPYING (2s)  copying what the host lacks",
        "samsung [░░░░░░░░░░░░░░░░]   0%  ⏳ WAITING",
        "",
        "Overall: 1/3 complete | Elapsed: 12s | ETA: 12s",
    ]));

    [Test]
    public void More_hosts_than_rows_are_counted_and_what_matters_is_shown()
    {
        var names = Enumerable.Range(0, 200).Select(i => HostName.Parse($"h{i:d3}")).ToArray();
        var lines = Show(
            Reducer.Fold(Chain.Of(
            [
                Sample.Begin(Sample.PlanOf([.. names.Select(n => Sample.Change(n, 1))])),
                .. Sample.Deploy(names[0], 2), .. Sample.Fail(names[150], Sample.Broken), new CopyStarted(names[199]), new HostFailed(names[120], Sample.Broken, Activated: true),
            ])),
            100,
            12);
        Assert.That(lines, Has.Length.LessThanOrEqualTo(12));
        Assert.That(lines[2], Does.StartWith("h120 ").And.Contain("❌ FAILED").And.Contain("ND0504"));
        Assert.That(lines[3], Does.StartWith("h199 ").And.Contain("COPYING"));
        Assert.That(lines[4], Does.StartWith("h150 ").And.Contain("ROLLED BACK"));
        Assert.That(lines[5], Is.EqualTo("… and 197 more: 196 waiting, 1 deployed"));
    }

    [Test]
    public void A_waiting_host_tells_for_whom() => Assert.That(
        Show(Reducer.Fold(Chain.Of(Sample.Begin(), new CopyStarted(Sample.P620))), 80, 10).Last(l => l.StartsWith("razer", StringComparison.Ordinal)),
        Does.EndWith("⏳ WAITING  waits for p620"));

    [Test]
    public void A_question_stands_above_the_last_line() => Assert.That(
        Show(Reducer.Fold(Chain.Of(Sample.Begin(), new ApprovalRequested(0, [Sample.P620], "p620 was deployed, and the bake passed; 2 hosts are left. Go on?", TimeSpan.FromHours(1)))), 100, 40)[^2],
        Does.Match(@"^p620 was deployed, and the bake passed; 2 hosts are left. Go on\? \[y/n\] \(rolled back in \d+m \d+s\)$"));

    [Test]
    public void A_failing_check_is_named() => Assert.That(
        Show(Reducer.Fold(Chain.Of(Sample.Begin(), new HostActivated(Sample.P620), new CheckObserved(Sample.P620, "service a", false, "activating"))), 80, 10),
        Has.Some.EndsWith("VERIFYING (11s)  service a: activating"));

    [Test]
    public void Any_run_fits_any_terminal() => Gen.Select(PlanGen.Plans, EventGen.Any.Array[0, 20], Gen.Int[1, 200], Gen.Int[1, 60]).Sample(
        (plan, events, width, height) =>
        {
            var lines = Show(Reducer.Fold(Chain.Of([new RunStarted("r", "c", "f", plan), .. events])), width, height);
            return lines.Length <= height && lines.All(l => !l.Any(char.IsControl));
        },
        iter: 300);

    private static string[] Show(RunState state, int width, int height) =>
        [.. new ConsoleFrame(state, Chain.Noon.AddSeconds(13), width, height) { Roles = Sample.Roles }.Lines().Select(l => l.ToString())];
}
