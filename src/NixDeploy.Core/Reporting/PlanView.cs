using NixDeploy.Fleets;
using NixDeploy.Planning;
using Spectre.Console;

namespace NixDeploy.Reporting;

/// <summary>A plan as people read it, before they say yes.</summary>
public static class PlanView
{
    /// <summary>Prints the plan; coloured where the console has colours.</summary>
    /// <param name="console">Where to.</param>
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

    private static IEnumerable<(Tone Tone, string Text)> Lines(DeploymentPlan plan, IReadOnlyDictionary<HostName, string?>? roles)
    {
        string Name(HostName host) => roles?.GetValueOrDefault(host) is { Length: > 0 } role ? $"{host} ({Printable.Line(role)})" : host.Value;

        yield return (Tone.Plain, $"Deployment Plan: {Amounts.Count(plan.Hosts.Length + plan.Skipped.Length + plan.Blocked.Length, "host")}");
        foreach (var phase in Phases.Of(plan))
        {
            yield return (Tone.Plain, $"{phase.Title(plan.Limits.Activations)}:");
            foreach (var host in phase.Hosts)
            {
                yield return (Tone.Active, $"  - {Name(host.Host)} - {What(host, phase.Stage)}");
            }
        }

        if (!plan.Skipped.IsEmpty)
        {
            yield return (Tone.Plain, "Unchanged:");
            foreach (var skipped in plan.Skipped)
            {
                yield return (Tone.Quiet, $"  - {Name(skipped.Host)} - NO CHANGES (skip)");
            }
        }

        if (!plan.Blocked.IsEmpty)
        {
            yield return (Tone.Plain, "Blocked:");
            foreach (var blocked in plan.Blocked)
            {
                yield return (Tone.Bad, $"  - {Name(blocked.Host)} - {Why(blocked)}");
            }
        }

        yield return (Tone.Plain, "");
        yield return (Tone.Plain, $"Strategy: {Printable.Line(plan.Strategy)}");
        foreach (var reason in plan.Reasons)
        {
            yield return (Tone.Plain, $"  - {Printable.Line(reason)}");
        }

        foreach (var warning in plan.Warnings)
        {
            yield return (Tone.Warning, $"Warning: {Printable.Line(warning)}");
        }

        if (!plan.Hosts.IsEmpty)
        {
            yield return (Tone.Plain, $"Rollback strategy: {Rollback(plan)}");
        }
    }

    private static string What(HostPlan host, Stage stage) => stage.To switch
    {
        Milestone.Prepared => "build and copy only",
        Milestone.Healthy => "activate on trial",
        _ when host.Generation is { } generation => $"BACK TO GENERATION {generation}",
        _ => host.After.IsEmpty ? "CHANGED" : $"CHANGED, DEPENDS ON {Amounts.Names(host.After)}",
    };

    private static string Why(BlockedHost blocked) =>
        blocked.Because is { } other ? $"BLOCKED, waits for {other}" : $"BLOCKED, {Printable.Line(blocked.Problem.ToString())}";

    private static string Rollback(DeploymentPlan plan)
    {
        var unguarded = plan.Hosts.Count(h => h.Guard is null);
        var how = unguarded == 0 ? "per-host generation switch, by a guard on the host"
            : unguarded == plan.Hosts.Length ? "none: the hosts are not guarded"
            : $"per-host generation switch, by a guard on the host; {unguarded} not guarded";
        var scope = plan.Stages.Any(s => s.OnFailure == RollbackScope.Run) ? "; one failure takes the whole run back"
            : plan.Stages.Any(s => s.OnFailure == RollbackScope.Stage) ? "; one failure takes its stage back"
            : "";
        return how + scope;
    }
}
