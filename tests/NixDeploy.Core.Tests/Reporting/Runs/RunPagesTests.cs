using NixDeploy.Events;
using NixDeploy.Reporting.Runs;
using NixDeploy.Tests.Reporting.Model;

namespace NixDeploy.Tests.Reporting.Runs;

/// <summary>The sentences of a run's pages, as they were last reviewed: one file per page.</summary>
internal sealed class RunPagesTests
{
    [Test]
    public void The_report() => GoldenPage.Matches("report.md", SampleRuns.All.Select(r => (r.Title, DeploymentReport.Write(Reducer.Fold(r.Events), Sample.Roles))));

    [Test]
    public void The_summary() =>
        GoldenPage.Matches("summary.txt", SampleRuns.All.Select(r => (r.Title, string.Join('\n', Summary.Block(Reducer.Fold(r.Events)).Select(l => l.Text)))));

    [Test]
    public void The_lines_of_the_events() => GoldenPage.Matches(
        "events.txt", SampleRuns.All.Select(r => (r.Title, string.Join('\n', r.Events.SelectMany(e => EventLines.Of(e.Event)).Select(l => $"{l.Host?.Value ?? "run",-8} {l.Text}")))));
}
