using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;

namespace NixDeploy.Reporting.Runs;

/// <summary>The end of a run in a few lines, the same on every screen.</summary>
internal static class Summary
{
    private const int LogLines = 10;
    private const int MostProblems = 20;

    /// <summary>A line as wide as SPEC's.</summary>
    public static string Rule { get; } = new('━', 51);

    /// <summary>The block: numbers, then what went wrong, then the outcome in a sentence.</summary>
    public static IEnumerable<(Tone Tone, string Text)> Block(RunState state) =>
    [
        (Tone.Plain, "Deployment Summary"),
        (Tone.Quiet, Rule),
        .. Numbers(state).Select(n => (Tone.Plain, $"{n.Name}: {n.Value}")),
        (Tone.Plain, ""),
        .. Problems(state),
        (ToneOf(state.Outcome), Outcome(state)),
    ];

    /// <summary>The numbers, by their names.</summary>
    public static IEnumerable<(string Name, string Value)> Numbers(RunState state)
    {
        var tally = Tally.Of(state);
        yield return ("Total Time", Amounts.Duration(state.Elapsed));
        yield return ("Hosts Deployed", $"{tally.Deployed}/{tally.Hosts}{Others(state)}");
        yield return ("Success Rate", tally.SuccessPercent is { } percent ? $"{percent}%" : "nothing to deploy");
        yield return ("Rollbacks", $"{tally.RolledBack}");
        yield return ("Strategy", Printable.Line(state.Plan?.Strategy ?? ""));
    }

    /// <summary>How it ended, in a sentence.</summary>
    public static string Outcome(RunState state)
    {
        string Names(Func<HostProgress, bool> which) => HostList.Few([.. state.Hosts.Values.Where(which).Select(h => h.Host)]);

        IEnumerable<string> Interventions() =>
        [
            .. Names(h => h is { Status: HostStatus.RollbackFailed, Left: false }) is { Length: > 0 } failed ? [$"rollback failed on {failed}"] : (string[])[],
            .. Names(h => h.Status == HostStatus.Unknown) is { Length: > 0 } unknown ? [$"no answer from {unknown}"] : (string[])[],
            .. Names(h => h is { Status: HostStatus.RollbackFailed, Left: true }) is { Length: > 0 } left ? [$"{left} failed and runs the new system, because auto-rollback or rollback-on-failure is off"] : (string[])[],
        ];

        return state.Outcome switch
        {
            RunOutcome.Succeeded when state.Hosts.Values.Any(IsUnreachable) => $"{Unreachable(state)}. All other hosts are up to date.",
            RunOutcome.Succeeded when Tally.Of(state).Changed == 0 => "Nothing to do: every host runs its system already.",
            RunOutcome.Succeeded when state.Hosts.Values.Any(h => h.Status == HostStatus.DryActivated) => "Nothing was changed; the report has what activations would do.",
            RunOutcome.Succeeded when state.Hosts.Values.Any(h => h.RebootNeeded) => $"Deployed; reboot {Names(h => h.RebootNeeded)} to complete it.",
            RunOutcome.Succeeded when state.Hosts.Values.Any(h => h.UntilNextBoot) => $"All systems operational, until the next boot of {Names(h => h.UntilNextBoot)}.",
            RunOutcome.Succeeded => "All systems operational! 🚀",
            RunOutcome.Failed or RunOutcome.Cancelled when state.Interrupted is { } interrupted => $"INTERRUPTED: controller {Printable.Line(interrupted.Controller)} ended before the run{Ends(state)}.",
            RunOutcome.Failed when state.Halt is { } halt => $"FAILED: {Names(h => h.FailedWhileDeploying)}; {WhyRolledBack(state, halt)}.",
            RunOutcome.Failed => $"FAILED: {Names(h => h.FailedWhileDeploying)}; back on the old system.",
            RunOutcome.Refused when Tally.Of(state).Deployed == 0 => $"REFUSED: {Names(h => h is { Status: HostStatus.Blocked, Because: null } or { Status: HostStatus.NeedsReboot })}; no systems were affected.",
            RunOutcome.Refused => $"REFUSED: {Names(h => h.Status is HostStatus.Blocked or HostStatus.Cancelled)}; nothing on them was changed.",
            RunOutcome.Cancelled when state.Refused is { } refused => $"NOT APPROVED: {Printable.Line(refused.InWords)}; {(state.Halt is null ? "no host was rolled back, because auto-rollback is off" : $"the whole run was rolled back{Kept(state)}")}.",
            RunOutcome.Cancelled => $"CANCELLED: {Names(h => h.Status == HostStatus.Cancelled)} not started.",
            RunOutcome.ManualInterventionRequired when !state.Hosts.Values.Any(h => h.Status is HostStatus.RollbackFailed or HostStatus.Unknown or HostStatus.NeedsReboot) =>
                $"CONNECTION LOST: {Names(h => h.Concluded is not null)}; asked again later{Ends(state)}.",
            RunOutcome.ManualInterventionRequired when !state.Hosts.Values.Any(h => h.Status is HostStatus.RollbackFailed or HostStatus.Unknown) =>
                $"REBOOT PENDING: {Names(h => h.Status == HostStatus.NeedsReboot)}; deploy with --reboot=if-needed.",
            RunOutcome.ManualInterventionRequired =>
                $"MANUAL INTERVENTION REQUIRED: {string.Join("; ", Interventions())}.",
            _ => "The run has not ended.",
        };
    }

    /// <summary>Whether it is unreachable, or waits for an unreachable host, and is no failure of the run.</summary>
    private static bool IsUnreachable(HostProgress host) => host.Status == HostStatus.Deferred || host is { Status: HostStatus.Skipped, Problem: not null };

    /// <summary>How the hosts of an interrupted run ended, for the end of a sentence.</summary>
    private static string Ends(RunState state) => string.Concat(state.Hosts.Values
        .Where(h => h.Status is HostStatus.Deployed or HostStatus.RolledBack or HostStatus.Cancelled)
        .GroupBy(h => h.Status).OrderBy(g => g.Key)
        .Select(g => $"; {StatusWords.Word(g.Key).ToLowerInvariant()}: {HostList.Few([.. g.Select(h => h.Host)])}"));

    private static string Unreachable(RunState state)
    {
        string Told(string what, HostStatus status) =>
            HostList.Few([.. state.Hosts.Values.Where(h => h.Status == status && IsUnreachable(h)).Select(h => h.Host)]) is { Length: > 0 } names ? $"{what}: {names}" : "";

        var (deferred, skipped) = (Told("Deferred to the next run", HostStatus.Deferred), Told("Skipped because unreachable", HostStatus.Skipped));
        return string.Join(". ", new[] { deferred, skipped }.Where(t => t.Length > 0));
    }

    /// <summary>Why hosts that did not fail were rolled back too, for the end of a sentence.</summary>
    public static string WhyRolledBack(RunState state, RunHalted halt) => halt switch
    {
        { Scope: RollbackScope.Stage } => $"the stage {Printable.Line(state.Plan?.Stages.ElementAtOrDefault(halt.Stage)?.Name ?? "")} was rolled back, and no further host was started",
        _ when halt.Failed > halt.Allowed => $"more failures than allowed, so the whole run was rolled back{Kept(state)}",
        _ => $"the {Printable.Line(state.Plan?.Strategy ?? "")} strategy is all or nothing, so the whole run was rolled back{Kept(state)}",
    };

    private static string Kept(RunState state) =>
        HostList.Few([.. state.Hosts.Values.Where(h => h.Status == HostStatus.Deployed).Select(h => h.Host)]) is { Length: > 0 } kept ? $" but for {kept}, where auto-rollback is off" : "";

    /// <summary>The hosts with a problem, the worst first.</summary>
    public static IEnumerable<HostProgress> Troubled(RunState state) => state.Hosts.Values
        .Where(h => h.Problem is not null && h.Status is not (HostStatus.Deployed or HostStatus.Skipped or HostStatus.Cancelled))
        .OrderBy(h => h.Status switch
        {
            HostStatus.RollbackFailed => 0,
            HostStatus.Unknown => 1,
            HostStatus.Failed or HostStatus.RollingBack => 2,
            HostStatus.RolledBack => 3,
            HostStatus.NeedsReboot => 4,
            _ => h.Because is null ? 5 : 6,
        }).ThenBy(h => h.Host);

    /// <summary>A problem in lines: the sentence, the units with the ends of their logs, the command.</summary>
    public static IEnumerable<string> Lines(Problem problem)
    {
        yield return Printable.Line(problem.ToString());
        foreach (var line in problem.Log.OrEmpty().SelectMany(Printable.Lines))
        {
            yield return $"    | {line}";
        }

        foreach (var unit in problem.Units)
        {
            yield return $"  unit {Printable.Line(unit.Unit)} failed{(unit.Result is "" ? "" : $" ({Printable.Line(unit.Result)})")}";
            foreach (var line in unit.Log.TakeLast(LogLines).SelectMany(Printable.Lines))
            {
                yield return $"    | {line}";
            }
        }

        if (problem.Command is { } command)
        {
            yield return $"  recovery command: {Printable.Line(command)}";
        }
    }

    private static IEnumerable<(Tone Tone, string Text)> Problems(RunState state)
    {
        // What many hosts need is built once, and its failure is told once.
        var troubled = Troubled(state).GroupBy(h => (h.Status, Cause: h.Problem!.Derivation ?? h.Host.Value)).Select(g => g.ToList()).ToList();
        foreach (var hosts in troubled.Take(MostProblems))
        {
            var host = hosts[0];
            var tone = StatusWords.Tone(host.Status);
            var lines = Lines(host.Problem!).ToList();
            yield return (tone, $"{StatusWords.Sign(host.Status)} {HostList.Few([.. hosts.Select(h => h.Host)], most: 10)} {StatusWords.Word(host)}: {lines[0]}");
            foreach (var line in lines.Skip(1))
            {
                yield return (Tone.Plain, line);
            }
        }

        if (troubled.Count > MostProblems)
        {
            yield return (Tone.Warning, $"… and {Amounts.Count(troubled.Skip(MostProblems).Sum(t => t.Count), "host")} more; the report has them all.");
        }

        if (troubled.Count > 0)
        {
            yield return (Tone.Plain, "");
        }
    }

    /// <summary>What became of the others: " (p510 skipped, 2 blocked)".</summary>
    private static string Others(RunState state)
    {
        var others = state.Hosts.Values
            .Where(h => h.Status is not (HostStatus.Deployed or HostStatus.NeedsReboot))
            .GroupBy(h => (h.Status, Word: StatusWords.Word(h)))
            .OrderBy(g => g.Key.Status)
            .Select(g => $"{(g.Count() <= 2 ? string.Join(", ", g.Select(h => h.Host)) : $"{g.Count()}")} {g.Key.Word.ToLowerInvariant()}");
        return string.Join(", ", others) is { Length: > 0 } text ? $" ({text})" : "";
    }

    private static Tone ToneOf(RunOutcome? outcome) => outcome switch
    {
        RunOutcome.Succeeded => Tone.Good,
        RunOutcome.Refused or RunOutcome.Cancelled or null => Tone.Warning,
        _ => Tone.Bad,
    };
}
