using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Reporting.Model;

/// <summary>Compares the estimates with what happened.</summary>
internal static class Comparison
{
    /// <summary>What was expected of each deployed host and of the run, and what it took; nothing without an estimate.</summary>
    public static IEnumerable<string> Lines(RunState state)
    {
        if (state.Plan is not { } plan || plan.Estimate.Total <= TimeSpan.Zero)
        {
            return [];
        }

        var rows = plan.Hosts.OrEmpty()
            .Select(h => (Plan: h, Progress: state.Hosts.GetValueOrDefault(h.Host)))
            .Where(h => h.Progress?.Status is HostStatus.Baking or HostStatus.Deployed or HostStatus.NeedsReboot && Estimate.Expected(h.Plan) > TimeSpan.Zero)
            .Select(h => Row(Markdown.Text(h.Plan.Host.Value), Estimate.Expected(h.Plan), Estimate.Took(h.Progress!) ?? TimeSpan.Zero));
        return
        [
            "## Estimate and what happened",
            "",
            "| Host | Expected | Took | Difference |",
            "| --- | ---: | ---: | ---: |",
            .. rows,
            Row("The whole run", plan.Estimate.Total, state.Elapsed),
            "",
            "The time that a host took includes its waiting; the expected time does not.",
            "",
        ];
    }

    private static string Row(string name, TimeSpan expected, TimeSpan took) =>
        $"| {name} | {Amounts.Duration(expected)} | {Amounts.Duration(took)} | {Difference(expected, took)} |";

    /// <summary><c>+12s (+20%)</c>.</summary>
    private static string Difference(TimeSpan expected, TimeSpan took)
    {
        var sign = took < expected ? "-" : "+";
        var percent = (int)Math.Min(Math.Round(100 * ((took - expected).Duration() / expected)), 9999);
        return $"{sign}{Amounts.Duration((took - expected).Duration())} ({sign}{percent}%)";
    }
}
