using System.Globalization;
using System.Text;

namespace NixDeploy.Labs.Faults;

/// <summary>What was tried, how often, and what ended how, as a page of Markdown.</summary>
public static class FaultFigures
{
    /// <summary>Writes the page.</summary>
    /// <param name="outcomes">How each fault has ended.</param>
    /// <param name="hosts">How many hosts the lab had.</param>
    public static string Page(IReadOnlyList<FaultOutcome> outcomes, int hosts)
    {
        var page = new StringBuilder();
        var good = outcomes.Count(outcome => outcome.Findings.Count == 0);
        Line($"""
              # Reliability, as measured

              Written by `./build.sh --target=LabSoak` on a lab of {hosts} hosts ([lab.md](lab.md)); what each fault does is in
              `tests/NixDeploy.Lab/Faults`. After each, the hosts must be reachable and consistent: current system, profile, boot default, units and
              closure of one and the same system, the old or the new one; no lock, root or open transaction left; and it must be the one that
              the run's report and the next Status name.

              **{good} of {outcomes.Count} ended as they must.** Seconds are from the start of the deployment until every host was consistent
              again, with hosts side by side on few cores; where a guard decides by its deadline, that deadline is the column *guard*.
              """);
        foreach (var family in outcomes.GroupBy(outcome => outcome.Fault.Family))
        {
            Line($"\n## {family.Key}\n\n| fault | tried | as it must | ended | guard | median | longest |\n|---|---:|---:|---|---:|---:|---:|");
            foreach (var fault in family.GroupBy(outcome => outcome.Fault.Name))
            {
                var seconds = fault.Select(outcome => outcome.Seconds).Order().ToList();
                var ended = fault.CountBy(outcome => outcome.Ended).OrderByDescending(end => end.Value).Select(end => $"{end.Key} {end.Value}×");
                Line($"| {fault.Key} | {fault.Count()} | {fault.Count(outcome => outcome.Findings.Count == 0)} | {string.Join("; ", ended)} | {fault.First().Fault.Guard} s | {seconds[seconds.Count / 2]:0} s | {seconds[^1]:0} s |");
            }
        }

        var bad = outcomes.Where(outcome => outcome.Findings.Count > 0).ToList();
        if (bad.Count > 0)
        {
            Line($"\n## What did not end as it must\n\n```\n{string.Join('\n', bad)}\n```");
        }

        return page.ToString();

        void Line(FormattableString text) => page.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
