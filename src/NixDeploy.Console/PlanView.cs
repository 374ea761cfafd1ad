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
    public static void Show(IAnsiConsole console, DeploymentPlan plan, IReadOnlyDictionary<HostName, string?>? roles = null)
    {
        foreach (var (tone, text) in Lines(plan, roles))
        {
            console.Write(new FramePicture([new FrameLine((tone, text))], clip: false));
        }
    }

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
        foreach (var phase in phases.All.Take(Most))
        {
            yield return (Tone.Plain, $"{phase.Title(plan.Limits.Activations)}:");
            var hosts = phase.Hosts.Select(h => (Tone.Active, $"  - {Name(h.Host)} - {PlanWords.What(h, phase.Stage)}")).Concat(phase.Skipped.Select(Skipped));
            foreach (var line in Cut(hosts, phase.Hosts.Length + phase.Skipped.Length))
            {
                yield return line;
            }
        }

        if (phases.All.Length > Most)
        {
            yield return (Tone.Quiet, $"… and {Amounts.Number(phases.All.Length - Most)} more phases");
        }

        if (!phases.Unchanged.IsEmpty)
        {
            yield return (Tone.Plain, "Unchanged:");
            foreach (var line in Cut(phases.Unchanged.Select(Skipped), phases.Unchanged.Length))
            {
                yield return line;
            }
        }

        if (!plan.Unreachable.OrEmpty().IsEmpty)
        {
            yield return (Tone.Plain, "Unreachable:");
            foreach (var line in Cut(plan.Unreachable.Select(o => (Tone.Warning, $"  - {Name(o.Host)} - {PlanWords.Why(o)}")), plan.Unreachable.Length))
            {
                yield return line;
            }
        }

        if (!plan.Blocked.OrEmpty().IsEmpty)
        {
            yield return (Tone.Plain, "Blocked:");
            foreach (var line in Cut(plan.Blocked.Select(b => (Tone.Bad, $"  - {Name(b.Host)} - {PlanWords.Why(b)}")), plan.Blocked.Length))
            {
                yield return line;
            }
        }
    }

    /// <summary>Duration, risk, rollback and time saved, then reasons and warnings.</summary>
    private static IEnumerable<(Tone Tone, string Text)> Totals(DeploymentPlan plan) =>
    [
        .. plan.Hosts.OrEmpty().IsEmpty ? [] : Outlook(plan),
        (Tone.Plain, $"Strategy: {Printable.Line(plan.Strategy)}"),
        .. PlanWords.Mode(plan) is { } mode ? [(Tone.Warning, $"Mode: {mode}")] : ((Tone, string)[])[],
        .. PlanWords.Reboots(plan) is { } reboots ? [(Tone.Warning, $"Reboots: {reboots}")] : ((Tone, string)[])[],
        .. Sentences(plan.Reasons.OrEmpty(), Tone.Plain, "  - "),
        .. Sentences(plan.Warnings.OrEmpty(), Tone.Warning, "Warning: "),
    ];

    private static IEnumerable<(Tone Tone, string Text)> Outlook(DeploymentPlan plan)
    {
        if (PlanWords.Time(plan) is { } time)
        {
            yield return (Tone.Plain, $"Estimated time: {time}");
        }

        yield return (PlanWords.Tone(plan.Risk.Level), $"Risk level: {PlanWords.Level(plan.Risk)}");
        foreach (var line in Sentences(plan.Risk.Reasons.OrEmpty(), Tone.Plain, "  - "))
        {
            yield return line;
        }

        yield return (Tone.Plain, $"If a build fails: {PlanWords.BuildFailure(plan)}");
        yield return (Tone.Plain, $"Rollback strategy: {PlanWords.Rollback(plan)}");
        if (PlanWords.Saved(plan) is { } saved)
        {
            yield return (Tone.Plain, $"Time saved: {saved}");
        }
    }

    private static IEnumerable<(Tone Tone, string Text)> Sentences(IReadOnlyCollection<string> sentences, Tone tone, string before) =>
        Cut(sentences.Select(s => (tone, before + Printable.Line(s))), sentences.Count);

    private static IEnumerable<(Tone Tone, string Text)> Cut(IEnumerable<(Tone Tone, string Text)> lines, int count) =>
        count <= Most ? lines : lines.Take(Most).Append((Tone.Quiet, $"  … and {Amounts.Number(count - Most)} more"));

    /// <summary>A rollback compares no systems and recommends nothing.</summary>
    private static bool IsRollback(DeploymentPlan plan) => plan.Hosts.OrEmpty().Any(h => h.Generation is not null);
}
