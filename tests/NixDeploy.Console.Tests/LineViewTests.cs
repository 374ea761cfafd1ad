using Microsoft.Extensions.Time.Testing;
using NixDeploy.Events;
using NixDeploy.Terminal;
using NixDeploy.Tests.Journal;
using NixDeploy.Tests.Reporting.Model;
using Spectre.Console;
using Spectre.Console.Testing;

namespace NixDeploy.Tests.Terminal;

internal sealed class LineViewTests
{
    [Test]
    public async Task Each_event_is_a_line_with_time_and_host_first()
    {
        var lines = await ShowAsync(Sample.OneFailed);
        Assert.That(lines[0], Is.EqualTo("12:00:01 run      run 20250115-120000-1a2b starts: 3 hosts to deploy, 1 unchanged, 0 blocked; strategy smart; fleet ./fleet"));
        Assert.That(lines[1], Is.EqualTo("12:00:01 p510     unchanged, skipped"));
        Assert.That(lines, Has.Member("12:00:05 p620     activated, watching health"));
        Assert.That(lines, Has.Member("12:00:09 p620     DEPLOYED, generation 246"));
        Assert.That(lines, Has.Member("12:00:14 razer    FAILED: ND0504: The activation left a unit failed."));
        Assert.That(lines, Has.Member("12:00:14 razer        | bind: address in use"));
        Assert.That(lines, Has.Member("12:00:14 razer      recovery command: ssh razer journalctl -u nginx"));
    }

    [Test]
    public async Task The_summary_comes_last()
    {
        var lines = await ShowAsync(Sample.OneFailed);
        Assert.That(lines[Array.IndexOf(lines, "Deployment Summary")..], Is.EqualTo(
        [
            "Deployment Summary",
            "━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━",
            "Total Time: 25s",
            "Hosts Deployed: 2/4 (p510 skipped, razer rolled back)",
            "Success Rate: 66%",
            "Rollbacks: 1",
            "Strategy: smart",
            "",
            "↩️ razer ROLLED BACK: ND0504: The activation left a unit failed.",
            "  unit nginx.service failed (exit-code)",
            "    | starting",
            "    | bind: address in use",
            "  recovery command: ssh razer journalctl -u nginx",
            "",
            "FAILED: razer; back on the old system.",
            "",
        ]));
    }

    [Test]
    public async Task Long_lines_are_not_wrapped_and_hostile_ones_do_nothing()
    {
        var problem = new Problem("ND0504", Sample.Hostile + new string('x', 300)) { Units = [new UnitFailure(Sample.Hostile, "", [Sample.Hostile])] };
        var lines = await ShowAsync(Chain.Of([Sample.Begin(), .. Sample.Fail(Sample.Razer, problem), new CheckObserved(Sample.Razer, Sample.Hostile, true, Sample.Hostile)]));
        Assert.That(string.Concat(lines).Where(char.IsControl), Is.Empty);
        Assert.That(lines.Single(l => l.Contains("FAILED: ND0504", StringComparison.Ordinal)), Does.EndWith(new string('x', 300)));
        Assert.That(lines, Has.Some.Contains("[red]x[/] [/]"));
    }

    [Test]
    public void A_console_that_is_no_terminal_gets_lines() =>
        Assert.That(RunView.For(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(new StringWriter()) }), TimeProvider.System), Is.TypeOf<LineView>());

    private static async Task<string[]> ShowAsync(IEnumerable<RecordedEvent> events)
    {
        var console = new TestConsole();
        console.Profile.Width = 40;
        await new LineView(console, new FakeTimeProvider(Chain.Noon)).ShowAsync(Sample.Frames(events), default);
        return console.Output.Split('\n');
    }
}
