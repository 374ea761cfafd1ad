using System.Globalization;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;
using NixDeploy.Reporting.Plans;

namespace NixDeploy.Reporting.Runs;

/// <summary>A run as a Markdown page for people (<c>deployment-report.md</c>).</summary>
internal static class DeploymentReport
{
    /// <summary>Writes the report. Pure: times are the events', in UTC; all data in it are escaped.</summary>
    /// <param name="state">The run, ended or not.</param>
    /// <param name="roles">What the hosts are for, where known.</param>
    public static string Write(RunState state, IReadOnlyDictionary<HostName, string?>? roles = null) =>
        string.Join('\n', Lines(state, roles)).TrimEnd('\n') + "\n";

    private static IEnumerable<string> Lines(RunState state, IReadOnlyDictionary<HostName, string?>? roles) =>
    [
        .. Header(state),
        .. Preflight(state),
        .. Sections(state, roles),
        .. Comparison.Lines(state),
        .. Traffic(state),
        .. Graph(state, roles),
        .. Section("## Deployment Summary", Summary.Numbers(state).Select(n => $"- {n.Name}: {Markdown.Text(n.Value)}")),
        .. Section("## Next Steps", state.Hosts.Values.Select(NextStep).OfType<string>().Select(s => $"- {s}")),
    ];

    private static IEnumerable<string> Header(RunState state) =>
    [
        $"# Deployment Execution: {Amounts.Count(state.Hosts.Count, "host")}",
        "",
        $"**{Markdown.Text(Summary.Outcome(state))}**",
        "",
        $"- Run: {Markdown.Code(state.Run)}",
        $"- Fleet: {Markdown.Text(state.Fleet)}",
        $"- Strategy: {Markdown.Text(state.Plan?.Strategy ?? "")}",
        .. (state.Plan?.Reasons.OrEmpty() ?? []).Select(r => $"  - {Markdown.Text(r)}"),
        .. (state.Plan?.Warnings.OrEmpty() ?? []).Select(w => $"- ⚠️ {Markdown.Text(w)}"),
        .. state.Plan is { Hosts.IsDefaultOrEmpty: false } plan ? RiskOf(plan.Risk) : [],
        $"- Started: {Time(state.StartedAt)}",
        $"- Elapsed: {Amounts.Duration(state.Elapsed)}",
        .. state.Halt is { } halt ? (string[])[$"- Halted: {Markdown.Text(Summary.WhyRolledBack(state, halt))}"] : [],
        .. state.Interrupted is { } interrupted ? (string[])[$"- Interrupted: controller {Markdown.Text(interrupted.Controller)} ended before the run"] : [],
        .. state.StopRequested ? (string[])["- Stopped on request"] : [],
        "",
    ];

    private static IEnumerable<string> Preflight(RunState state) => state.Plan?.Preflight.OrEmpty() is not { } checks ? [] :
        Section($"## Pre-Flight Checks {(checks.All(c => c.Failed.IsEmpty) ? "✅" : "❌")}", checks.Select(c => $"- {Markdown.Text(PlanWords.Preflight(c))}"));

    private static IEnumerable<string> RiskOf(Risk risk) =>
        [$"- Risk: {PlanWords.Level(risk)}", .. risk.Reasons.OrEmpty().Select(r => $"  - {Markdown.Text(r)}")];

    private static IEnumerable<string> Graph(RunState state, IReadOnlyDictionary<HostName, string?>? roles) =>
        state.Plan is { } plan ? Section("## Dependencies", PlanGraph.Block(PlanGraph.Of(plan, roles))) : [];

    private static IEnumerable<string> Sections(RunState state, IReadOnlyDictionary<HostName, string?>? roles)
    {
        if (state.Plan is not { } plan)
        {
            yield break;
        }

        // A host of several stages is shown once, in the stage that commits it.
        var phases = Phases.Of(plan);
        var plans = plan.Hosts.OrEmpty().ToDictionary(h => h.Host);
        var groups = phases.All
            .Where(p => p.Stage.To == Milestone.Committed)
            .Select(p => (Title: p.Title(plan.Limits.Activations), Hosts: p.Hosts.Select(h => h.Host).Concat(p.Skipped.Select(s => s.Host))))
            .Append(("Unchanged", phases.Unchanged.Select(s => s.Host)))
            .Append(("Unreachable", plan.Unreachable.OrEmpty().Select(u => u.Host)))
            .Append(("Blocked before the start", plan.Blocked.OrEmpty().Select(b => b.Host)));
        foreach (var (title, hosts) in groups)
        {
            var known = hosts.Where(state.Hosts.ContainsKey).Select(h => state.Hosts[h]).ToList();
            if (known.Count == 0)
            {
                continue;
            }

            yield return $"## {Markdown.Text(title)}: {Amounts.Count(known.Count, "host")}";
            yield return "";
            foreach (var line in known.SelectMany(h => HostSection.Lines(h, plans.GetValueOrDefault(h.Host), roles?.GetValueOrDefault(h.Host))))
            {
                yield return line;
            }
        }
    }

    /// <summary>The hosts whose connections were closed or lost, and how often something was tried again for that.</summary>
    private static IEnumerable<string> Retries(RunState state) => state.Hosts.Values.Where(h => h.Retries > 0).ToList() is { Count: > 0 } hosts
        ? [$"Tried again after connections were closed or lost: {string.Join(", ", hosts.Select(h => $"{Markdown.Text(h.Host.Value)} {(h.Retries == 1 ? "once" : $"{h.Retries} times")}"))}.", ""]
        : [];

    private static IEnumerable<string> Traffic(RunState state) => state.Hosts.IsEmpty ? [] :
    [
        "## Connections",
        "",
        "| Host | Connections | Remote commands | Copied |",
        "| --- | ---: | ---: | ---: |",
        .. state.Hosts.Values.Select(h => $"| {Markdown.Text(h.Host.Value)} | {h.Connections} | {h.Commands} | {Amounts.Size(h.CopiedBytes)} |"),
        $"| Total | {state.Hosts.Values.Sum(h => h.Connections)} | {state.Hosts.Values.Sum(h => h.Commands)} | {Amounts.Size(state.Hosts.Values.Sum(h => h.CopiedBytes))} |",
        "",
        .. Retries(state),
    ];

    private static string? NextStep(HostProgress host)
    {
        var name = Markdown.Text(host.Host.Value);
        return host.Status switch
        {
            HostStatus.RollbackFailed => $"{name}: manual intervention required{(host.Problem?.Command is { } command ? $": {Markdown.Code(command)}" : "; see what it runs, and roll it back by hand")}",
            HostStatus.Unknown => $"{name} did not answer, and its guard decides: {Markdown.Code("--target=Status")} shows what it runs",
            HostStatus.NeedsReboot => $"{name} can only take the new system by a reboot: deploy it with {Markdown.Code("--reboot=if-needed")}, or with {Markdown.Code("--mode=boot")} and reboot it later",
            HostStatus.Deployed when host.RebootNeeded => $"Reboot {name}: {(host.AtNextBoot ? "it starts the new system then" : "its kernel is not the one that was booted")}; {Markdown.Code("--reboot=if-needed")} does it",
            HostStatus.Deployed when host.UntilNextBoot => $"{name} boots its old system next; deploy it without {Markdown.Code("--mode=test")} to keep the new one",
            HostStatus.RolledBack when host.FailedWhileDeploying => $"See why {name} failed{(Logs(host) is { Length: > 0 } logs ? $":{logs}" : "")}, fix it and deploy it again",
            HostStatus.Deferred when host.Because is null => $"{name} is deployed by the next run that can reach it",
            HostStatus.Blocked when host.Because is null => $"Fix what blocks {name}, and deploy it again",
            _ => null,
        };
    }

    private static string Logs(HostProgress host) => string.Concat(host.Problem?.Units.Select(u => $" {Markdown.Code($"journalctl -u {u.Unit}")}") ?? []);

    /// <summary>Nothing without lines.</summary>
    private static IEnumerable<string> Section(string heading, IEnumerable<string> lines) => lines.ToList() is { Count: > 0 } some ? [heading, "", .. some, ""] : [];

    private static string Time(DateTimeOffset? at) => at?.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) ?? "not yet";
}
