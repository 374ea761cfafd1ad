using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;

namespace NixDeploy.Reporting.Plans;

/// <summary>The words for a plan, the same on the screen, in Markdown and in the report. Host names need no escaping.</summary>
internal static class PlanWords
{
    /// <summary>Of a host that needs nothing.</summary>
    public const string NoChanges = "NO CHANGES (skip)";

    /// <summary>How many hosts the plan is about.</summary>
    public static int Hosts(DeploymentPlan plan) => plan.Hosts.OrEmpty().Length + plan.Skipped.OrEmpty().Length + plan.Blocked.OrEmpty().Length + plan.Unreachable.OrEmpty().Length;

    /// <summary>What a stage does with a host: <c>CHANGED, DEPENDS ON p620</c>.</summary>
    public static string What(HostPlan host, Stage stage) => stage.To switch
    {
        Milestone.Prepared => "build and copy only",
        Milestone.Tested => host.Test is null ? "dry activation" : "isolated test and dry activation",
        Milestone.Healthy => "activate on trial",
        _ when host.Generation is { } generation => $"ROLL BACK TO GENERATION {generation}",
        _ => host.After.OrEmpty().IsEmpty ? "CHANGED" : $"CHANGED, DEPENDS ON {HostList.Few(host.After)}",
    };

    /// <summary>Why a host is blocked.</summary>
    public static string Why(BlockedHost blocked) =>
        blocked.Because is { } other ? $"BLOCKED, waits for {other}" : $"BLOCKED, {Printable.Line(blocked.Problem.ToString())}";

    /// <summary>What the run does about an unreachable host, and why.</summary>
    public static string Why(UnreachableHost unreachable) => unreachable.Because is { } other
        ? $"DEFERRED, waits for {other}"
        : $"{(unreachable.Deferred ? "DEFERRED to the next run" : "SKIPPED")}, {Printable.Line(unreachable.Problem.ToString())}";

    /// <summary><c>3.5 minutes (from the last runs)</c>; <see langword="null"/> without an estimate.</summary>
    public static string? Time(DeploymentPlan plan) =>
        plan.Estimate.Total > TimeSpan.Zero ? $"{Amounts.Words(plan.Estimate.Total)} ({Source(plan.Hosts.OrEmpty())})" : null;

    /// <summary><c>65% vs sequential deployment</c>; <see langword="null"/> without an estimate.</summary>
    public static string? Saved(DeploymentPlan plan) =>
        plan.Estimate.Total > TimeSpan.Zero ? $"{plan.Estimate.SavedPercent}% vs sequential deployment" : null;

    /// <summary><c>Disk space: PASSED (4/4 hosts)</c>, or who failed.</summary>
    public static string Preflight(PreflightCheck check) => check.Failed.IsEmpty
        ? $"{check.Name}: PASSED ({check.Passed}/{check.Passed} hosts)"
        : $"{check.Name}: FAILED ({check.Failed.Length}/{check.Passed + check.Failed.Length} hosts: {HostList.Few(check.Failed)})";

    /// <summary><c>LOW</c>.</summary>
    public static string Level(Risk risk) => risk.Level.ToString().ToUpperInvariant();

    /// <summary>The tone that a level is shown in.</summary>
    public static Tone Tone(RiskLevel level) => level switch
    {
        RiskLevel.Low => Model.Tone.Good,
        RiskLevel.Medium => Model.Tone.Warning,
        _ => Model.Tone.Bad,
    };

    /// <summary>How hosts are rolled back, and which of them when one fails.</summary>
    public static string Rollback(DeploymentPlan plan)
    {
        var hosts = plan.Hosts.OrEmpty();
        var stages = plan.Stages.OrEmpty();
        if (Mode(plan) is not null && hosts.All(h => h.Mode == ActivationMode.DryActivate || h is { Mode: ActivationMode.Boot, Reboot: null }))
        {
            return "none needed: nothing is activated";
        }

        if (hosts.All(h => h.Mode == ActivationMode.Boot) && hosts.Any(h => h.AutoRollback))
        {
            return "Per-host generation switch, and another reboot into it";
        }

        var unguarded = hosts.Count(h => h.Guard is null);
        var how = unguarded == 0 ? "Per-host generation switch, by a guard on the host"
            : unguarded == hosts.Length ? "none: the hosts are not guarded"
            : $"Per-host generation switch, by a guard on the host; {unguarded} not guarded";
        var scope = stages.Any(s => s.OnFailure == RollbackScope.Run) ? "; one failure rolls back the whole run"
            : stages.Any(s => s.OnFailure == RollbackScope.Stage) ? "; one failure rolls back its stage"
            : "";
        return how + scope;
    }

    /// <summary>Which configurations are not deployed, and by which rule; <see langword="null"/>: all are.</summary>
    public static string? NotDeployed(DeploymentPlan plan)
    {
        const int Most = 10;
        var all = plan.NotDeployed ?? ImmutableSortedDictionary<string, string>.Empty;
        return all.Count == 0 ? null
            : string.Join(", ", all.Take(Most).Select(n => $"{Printable.Line(n.Key)} ({Printable.Line(n.Value)})")) + (all.Count > Most ? $" and {all.Count - Most} more" : "");
    }

    /// <summary>What becomes of the other hosts when one does not evaluate or build.</summary>
    public static string BuildFailure(DeploymentPlan plan) => plan.OnBuildFailure == OnBuildFailure.Abort ? "no host is activated" : "the other hosts are deployed";

    /// <summary>What is done with the systems, where it is not the usual; <see langword="null"/> otherwise.</summary>
    public static string? Mode(DeploymentPlan plan) => plan.Hosts.OrEmpty().FirstOrDefault()?.Mode switch
    {
        ActivationMode.Boot => "boot: nothing is activated; the new systems run from the next boot on",
        ActivationMode.Test => "test: the new systems run until the next boot; the boot defaults stay",
        ActivationMode.DryActivate => "dry-activate: nothing is changed; the hosts tell what an activation would do",
        _ => null,
    };

    /// <summary>Who is rebooted, <c>3 hosts where needed</c>; <see langword="null"/> without reboots.</summary>
    public static string? Reboots(DeploymentPlan plan)
    {
        var hosts = plan.Hosts.OrEmpty();
        var said = new[]
        {
            (Count: hosts.Count(h => h.Reboot?.When == RebootPolicy.Always), Word: "in any case"),
            (Count: hosts.Count(h => h.Reboot?.When == RebootPolicy.IfNeeded), Word: "where needed"),
        }.Where(s => s.Count > 0).Select(s => $"{Amounts.Count(s.Count, "host")} {s.Word}");
        return string.Join(", ", said) is { Length: > 0 } text ? text : null;
    }

    private static string Source(ImmutableArray<HostPlan> hosts)
    {
        var measured = hosts.Count(h => h.Estimate.Measured);
        return measured == 0 ? "from sizes and defaults"
            : measured == hosts.Length ? "from the last runs"
            : "from the last runs, and from sizes and defaults";
    }
}
