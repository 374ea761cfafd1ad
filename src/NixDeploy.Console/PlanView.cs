using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;
using NixDeploy.Reporting.Plans;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>A plan as text, for review before a deployment.</summary>
public static class PlanView
{
    /// <summary>Longest list that is readable on a screen; the plan as Markdown or JSON has all of it.</summary>
    private const int Most = 20;

    /// <summary>Prints the plan; coloured where the console has colours.</summary>
    /// <param name="console">Where it is printed.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="roles">What the hosts are for, where known.</param>
    public static void Show(IAnsiConsole console, DeploymentPlan plan, IReadOnlyDictionary<HostName, string?>? roles = null) =>
        console.Write(new FramePicture([.. Lines(plan, roles).Select(l => new FrameLine(l))], clip: false));

    /// <summary>The same as plain text, a line each.</summary>
    public static string Write(DeploymentPlan plan, IReadOnlyDictionary<HostName, string?>? roles = null) =>
        string.Concat(Lines(plan, roles).Select(l => l.Text + "\n"));

    private static IEnumerable<(Tone Tone, string Text)> Lines(DeploymentPlan plan, IReadOnlyDictionary<HostName, string?>? roles) =>
    [
        (Tone.Plain, $"Deployment Plan: {Amounts.Count(PlanWords.Hosts(plan), "host")}"),
        .. PhaseLines(plan, roles),
        (Tone.Plain, ""),
        .. IsRollback(plan) ? [] : ChangeView.Lines(plan).Append((Tone.Plain, "")),
        .. Totals(plan),
    ];

    private static IEnumerable<(Tone Tone, string Text)> PhaseLines(DeploymentPlan plan, IReadOnlyDictionary<HostName, string?>? roles)
    {
        string Name(HostName host) => roles?.GetValueOrDefault(host) is { Length: > 0 } role ? $"{host} ({Printable.Line(role)})" : host.Value;

        (Tone, string) Skipped(SkippedHost host) => (Tone.Quiet, $"  - {Name(host.Host)} - {PlanWords.NoChanges}");

        var phases = Phases.Of(plan);
        return
        [
            .. phases.All.Take(Most).SelectMany(p => Section(
                p.Title(plan.Limits.Activations),
                p.Hosts.Select(h => (Tone.Active, $"  - {Name(h.Host)} - {PlanWords.What(h, p.Stage)}")).Concat(p.Skipped.Select(Skipped)),
                p.Hosts.Length + p.Skipped.Length)),
            .. phases.All.Length > Most ? [(Tone.Quiet, $"… and {Amounts.Number(phases.All.Length - Most)} more phases")] : ((Tone, string)[])[],
            .. Section("Unchanged", phases.Unchanged.Select(Skipped), phases.Unchanged.Length),
            .. Section("Unreachable", plan.Unreachable.OrEmpty().Select(u => (Tone.Warning, $"  - {Name(u.Host)} - {PlanWords.Why(u)}")), plan.Unreachable.OrEmpty().Length),
            .. Section("Blocked", plan.Blocked.OrEmpty().Select(b => (Tone.Bad, $"  - {Name(b.Host)} - {PlanWords.Why(b)}")), plan.Blocked.OrEmpty().Length),
        ];
    }

    /// <summary>Duration, risk, rollback and time saved, then reasons and warnings.</summary>
    private static IEnumerable<(Tone Tone, string Text)> Totals(DeploymentPlan plan) =>
    [
        .. plan.Hosts.OrEmpty().IsEmpty ? [] : Outlook(plan),
        .. Fact("Strategy", Printable.Line(plan.Strategy)),
        .. Fact("Mode", PlanWords.Mode(plan), Tone.Warning),
        .. Fact("Reboots", PlanWords.Reboots(plan), Tone.Warning),
        .. Sentences(plan.Reasons.OrEmpty(), Tone.Plain, "  - "),
        .. Sentences(plan.Warnings.OrEmpty(), Tone.Warning, "Warning: "),
    ];

    private static IEnumerable<(Tone Tone, string Text)> Outlook(DeploymentPlan plan) =>
    [
        .. Fact("Estimated time", PlanWords.Time(plan)),
        .. Fact("Risk level", PlanWords.Level(plan.Risk), PlanWords.Tone(plan.Risk.Level)),
        .. Sentences(plan.Risk.Reasons.OrEmpty(), Tone.Plain, "  - "),
        .. Fact("Rollback strategy", PlanWords.Rollback(plan)),
        .. Fact("Time saved", PlanWords.Saved(plan)),
        .. Fact("If a build fails", PlanWords.BuildFailure(plan)),
        .. Fact("Not deployed", PlanWords.NotDeployed(plan)),
    ];

    private static IEnumerable<(Tone Tone, string Text)> Fact(string name, string? value, Tone tone = Tone.Plain) =>
        value is null ? [] : [(tone, $"{name}: {value}")];

    private static IEnumerable<(Tone Tone, string Text)> Section(string title, IEnumerable<(Tone Tone, string Text)> lines, int count) =>
        count == 0 ? [] : [(Tone.Plain, $"{title}:"), .. Cut(lines, count)];

    private static IEnumerable<(Tone Tone, string Text)> Sentences(IReadOnlyCollection<string> sentences, Tone tone, string before) =>
        Cut(sentences.Select(s => (tone, before + Printable.Line(s))), sentences.Count);

    private static IEnumerable<(Tone Tone, string Text)> Cut(IEnumerable<(Tone Tone, string Text)> lines, int count) =>
        count <= Most ? lines : lines.Take(Most).Append((Tone.Quiet, $"  … and {Amounts.Number(count - Most)} more"));

    /// <summary>A rollback compares no systems and recommends nothing.</summary>
    private static bool IsRollback(DeploymentPlan plan) => plan.Hosts.OrEmpty().Any(h => h.Generation is not null);
}
