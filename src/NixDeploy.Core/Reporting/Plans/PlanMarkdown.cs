using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;

namespace NixDeploy.Reporting.Plans;

/// <summary>A plan as a Markdown page, whole: for a review, a ticket, a pull request.</summary>
internal static class PlanMarkdown
{
    /// <summary>The page's lines, made as they are read: a large plan has hundreds of megabytes. All data in them are escaped.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="roles">What the hosts are for, where known.</param>
    public static IEnumerable<string> Lines(DeploymentPlan plan, IReadOnlyDictionary<HostName, string?>? roles = null)
    {
        string Name(HostName host) => Markdown.Text(host.Value) + (roles?.GetValueOrDefault(host) is { Length: > 0 } role ? $" ({Markdown.Text(role)})" : "");

        var phases = Phases.Of(plan);
        return Header(plan)
            .Concat(phases.All.SelectMany(p => PhaseOf(p, plan, Name)))
            .Concat(Unchanged(phases, Name))
            .Concat(Blocked(plan, Name))
            .Concat(Estimates(plan))
            .Concat(List("## Dependencies", PlanGraph.Block(PlanGraph.Of(plan, roles))));
    }

    private static IEnumerable<string> Header(DeploymentPlan plan) =>
    [
        $"# Deployment Plan: {Amounts.Count(PlanWords.Hosts(plan), "host")}",
        "",
        "| | |",
        "| --- | --- |",
        .. Facts(plan).Where(f => f.Value is { Length: > 0 }).Select(f => $"| {f.Name} | {f.Value} |"),
        .. List("## Warnings", plan.Warnings.OrEmpty().Select(w => $"- ⚠️ {Markdown.Text(w)}")),
        .. List("## Why this strategy", plan.Reasons.OrEmpty().Select(r => $"- {Markdown.Text(r)}")),
        .. plan.Hosts.OrEmpty().IsEmpty ? [] : List($"## Risk: {PlanWords.Level(plan.Risk)}", plan.Risk.Reasons.OrEmpty().Select(r => $"- {Markdown.Text(r)}").DefaultIfEmpty("- Nothing unusual")),
    ];

    private static IEnumerable<(string Name, string? Value)> Facts(DeploymentPlan plan) =>
    [
        ("Hosts", $"{plan.Hosts.OrEmpty().Length} changed, {plan.Skipped.OrEmpty().Length} unchanged, {plan.Blocked.OrEmpty().Length} blocked{(plan.Unreachable.OrEmpty().IsEmpty ? "" : $", {plan.Unreachable.Length} unreachable")}"),
        .. plan.Hosts.OrEmpty().IsEmpty ? [] : ((string, string?)[])
        [
            ("Estimated time", PlanWords.Time(plan)),
            ("Time saved", PlanWords.Saved(plan)),
            ("Risk level", PlanWords.Level(plan.Risk)),
            ("If a build fails", PlanWords.BuildFailure(plan)),
            ("Rollback strategy", PlanWords.Rollback(plan)),
        ],
        ("Not deployed", PlanWords.NotDeployed(plan) is { } left ? Markdown.Text(left) : null),
        ("Strategy", Markdown.Text(plan.Strategy)),
        ("Mode", PlanWords.Mode(plan)),
        ("Reboots", PlanWords.Reboots(plan)),
        ("At once", $"{plan.Limits.Activations} activations, {plan.Limits.Copies} copies{string.Concat(plan.Limits.Tags.Select(t => $", {t.Value} of {Markdown.Text(t.Key)}"))}"),
        ("Fleet", Markdown.Text(plan.Origin.Fleet)),
        ("Selection", plan.Origin.Selection is { } selection ? Markdown.Text(selection) + (plan.Origin.IncludesDependencies ? " and what they depend on" : "") : null),
        ("Plan", Markdown.Code(plan.Hash)),
    ];

    private static IEnumerable<string> PhaseOf(Phase phase, DeploymentPlan plan, Func<HostName, string> name) =>
    [
        "",
        $"## {Markdown.Text(phase.Title(plan.Limits.Activations))}: {Amounts.Count(phase.Hosts.Length, "host")}",
        "",

        // A host of several stages is shown once, in the stage that commits it.
        .. phase.Stage.To == Milestone.Committed
            ? phase.Hosts.SelectMany(h => HostPage(h, phase.Stage, name))
            : phase.Hosts.Select(h => $"- {name(h.Host)} - {Markdown.Text(PlanWords.What(h, phase.Stage))}"),
        .. phase.Skipped.Select(s => $"- {name(s.Host)} - {PlanWords.NoChanges}"),
    ];

    private static IEnumerable<string> HostPage(HostPlan host, Stage stage, Func<HostName, string> name)
    {
        yield return $"- **{name(host.Host)}** - {Markdown.Text(PlanWords.What(host, stage))}";
        foreach (var reason in host.Risk.Reasons.OrEmpty())
        {
            yield return $"  - Risk {PlanWords.Level(host.Risk)}: {Markdown.Text(reason)}";
        }

        var generation = host.From.Generation is { } number ? $", generation {number.ToString(CultureInfo.InvariantCulture)}" : "";
        yield return $"  - From {(host.From.System is { } system ? Markdown.Code(system.Value) : "an unknown system")}{generation}";
        yield return $"  - To {Markdown.Code(host.To.Value)}";
        if (host.Changes is { } changes)
        {
            foreach (var line in ChangePage.Lines(changes))
            {
                yield return line.Length == 0 ? "" : $"  {line}";
            }
        }
    }

    private static IEnumerable<string> Unchanged(Phases phases, Func<HostName, string> name) =>
        List($"## Unchanged: {Amounts.Count(phases.Unchanged.Length, "host")}", phases.Unchanged.Select(s => $"- {name(s.Host)} - {PlanWords.NoChanges}"));

    private static IEnumerable<string> Blocked(DeploymentPlan plan, Func<HostName, string> name) => List(
        $"## Blocked: {Amounts.Count(plan.Blocked.OrEmpty().Length, "host")}",
        plan.Blocked.OrEmpty().SelectMany(b => (string[])
        [
            $"- {name(b.Host)} - {(b.Because is { } other ? $"BLOCKED, waits for {Markdown.Text(other.Value)}" : $"BLOCKED, {Markdown.Text(b.Problem.ToString())}")}",
            .. b.Problem.Command is { } command ? (string[])[$"  - Recovery command: {Markdown.Code(command)}"] : [],
        ]));

    private static IEnumerable<string> Estimates(DeploymentPlan plan) => plan.Estimate.Total <= TimeSpan.Zero ? [] :
    [
        "",
        "## Estimate",
        "",
        "| Host | Build | Copy | Activate | Verify | Commit | Together | From |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
        .. plan.Hosts.OrEmpty().Select(h => Row(h.Host, h.Estimate, Estimate.Expected(h))),
        $"| One after the other | | | | | | {Amounts.Duration(plan.Estimate.Sequential)} | |",
        $"| As planned | | | | | | {Amounts.Duration(plan.Estimate.Total)} | |",
    ];

    private static string Row(HostName host, HostEstimate steps, TimeSpan together)
    {
        var times = new[] { steps.Build, steps.Copy, steps.Activate, steps.Verify, steps.Commit, together };
        return $"| {Markdown.Text(host.Value)} | {string.Join(" | ", times.Select(Amounts.Duration))} | {(steps.Measured ? "the last runs" : "sizes and defaults")} |";
    }

    private static IEnumerable<string> List(string heading, IEnumerable<string> items) => items.ToList() is { Count: > 0 } lines ? ["", heading, "", .. lines] : [];
}
