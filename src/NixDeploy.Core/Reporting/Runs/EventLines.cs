using System.Globalization;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;
using NixDeploy.Reporting.Model;

namespace NixDeploy.Reporting.Runs;

/// <summary>A line about a host, or about the whole run.</summary>
/// <param name="Host">The host; <see langword="null"/> for the run.</param>
/// <param name="Text">One printable line.</param>
internal readonly record struct EventLine(HostName? Host, string Text);

/// <summary>Events in words.</summary>
internal static class EventLines
{
    /// <summary>The lines that an event is worth; none for what only counts.</summary>
    public static IEnumerable<EventLine> Of(DeploymentEvent happened) => happened switch
    {
        RunStarted e => Started(e),
        BuildStarted e => e.Hosts.Select(h => new EventLine(h, "building")),
        HostEvent e => Words(e).Select(text => new EventLine(e.Host, text)),
        StopRequested => [new(null, "stop requested: no further host is started")],
        RunInterrupted e => [new(null, Printable.Line($"INTERRUPTED: controller {e.Controller} is gone"))],
        ApprovalRequested e =>
        [
            new(null, Printable.Line($"APPROVAL NEEDED: {e.Prompt}")),
            new(null, Printable.Line($"answer within {Amounts.Duration(e.Timeout)}, or the run is rolled back: ./build.sh --target=Approve --run={e.Run}, or --target=Reject --run={e.Run}")),
        ],
        ApprovalGiven e => [new(null, Printable.Line($"approved by {e.By}: the next stage starts"))],
        ApprovalRefused e => [new(null, Printable.Line($"NOT APPROVED: {e.InWords}"))],
        RunHalted e => [new(null, Printable.Line($"HALTED: {e.Reason}; {(e.Scope == RollbackScope.Stage ? "the stage is rolled back" : "the run is rolled back")}, and no further host is started"))],
        BakeStarted e => e.Hosts.Select(h => new EventLine(h, $"watched for {Amounts.Duration(e.For)} before the next stage starts")),
        BakeEnded e => [new(null, e.Passed ? "bake passed: the next stage starts" : "bake failed, or was stopped before its end")],
        UnknownEvent e => [new(null, Printable.Line($"{e.Type}: written by a newer version of NixDeploy, which can show it"))],
        RunFinished e => [new(null, $"ended: {Outcome(e.Outcome)}")],
        _ => [],
    };

    /// <summary>How a host ended while no controller watched, as the rest of a sentence about it.</summary>
    public static string Concluded(HostConcluded concluded) => concluded.End switch
    {
        Conclusion.Committed => $"committed the new system{At(concluded)}",
        Conclusion.Kept => $"keeps the new system until its next boot{At(concluded)}",
        Conclusion.RollbackFailed => $"failed to roll back{At(concluded)}: {JsonFormat.Word(concluded.Reason)}",
        _ => concluded.Reason switch
        {
            TransactionReason.Deadline => $"was rolled back by its guard{At(concluded)} because no verdict came",
            TransactionReason.Reboot or TransactionReason.GuardReboot => "was rolled back by a reboot",
            TransactionReason.Verdict => $"was rolled back{At(concluded)} as requested",
            var reason => $"was rolled back{At(concluded)}: {JsonFormat.Word(reason)}",
        },
    };

    private static string At(HostConcluded concluded) =>
        concluded.EndedAt is { } at ? string.Create(CultureInfo.InvariantCulture, $" at {at:yyyy-MM-dd HH:mm:ss}Z") : "";

    private static IEnumerable<EventLine> Started(RunStarted started) =>
    [
        new(null, Printable.Line(
            $"run {started.Run} starts: {Amounts.Count(started.Plan.Hosts.Length, "host")} to deploy, {started.Plan.Skipped.Length} unchanged, {started.Plan.Blocked.Length} blocked; strategy {started.Plan.Strategy}; fleet {started.Fleet}")),
        .. started.Plan.Skipped.Select(s => new EventLine(s.Host, "unchanged, skipped")),
        .. started.Plan.Blocked.SelectMany(b => Blocked(b.Problem, b.Because).Select(text => new EventLine(b.Host, text))),
    ];

    private static IEnumerable<string> Words(HostEvent happened) => happened switch
    {
        HostBuilt => ["built"],
        CopyStarted => ["copying"],
        LockAwaited e => [Printable.Line($"waits for the lock of {e.Holder}")],
        LockBroken { OfDeadRun: true } e => [Printable.Line($"took over the lock of {e.Holder}: that run is dead")],
        LockBroken e => [Printable.Line($"BROKE the lock of {e.Holder}")],
        HostCopied { Paths: 0 } => ["has every path already"],
        HostCopied e => [$"copied {Amounts.Count(e.Paths, "path")}, {Amounts.Size(e.Bytes)}"],
        TestStarted => ["testing without activating"],
        HostTested => ["tested: an activation can begin"],
        ActivationStarted { Mode: ActivationMode.Boot } e => [$"making {e.To.Name} the boot default"],
        ActivationStarted e => [$"activating {e.To.Name} on trial"],
        HostActivated { Tolerated: { IsDefaultOrEmpty: false } units } => [Printable.Line($"activated, watching health; WARNING: {string.Join(", ", units)} failed, as before or as may-fail allows")],
        HostActivated => ["activated, watching health"],
        CheckObserved e => [Printable.Line($"{(e.Passed ? "ok" : e.Measured ? "NOT OK" : "COULD NOT BE MEASURED")}: {e.Check}{(e.Detail is "" ? "" : $": {e.Detail}")}")],
        HostHealthy => ["healthy for the whole window"],
        CommitStarted => ["committing"],
        HostCommitted e => [$"DEPLOYED{(e.Generation is { } generation ? $", generation {generation}" : "")}{Completed(e)}"],
        KeepStarted => ["leaving it on trial"],
        HostKept => ["DEPLOYED until its next boot: the boot default is the old system"],
        HostDryActivated e => [$"DRY-ACTIVATED: {StatusWords.DryRun(e.DryRun)}"],
        RebootStarted e => [$"committed{(e.Generation is { } generation ? $", generation {generation}" : "")}, rebooting"],
        HostRebooted => ["back from its reboot, watching health"],
        HostNeedsReboot e => Told("NEEDS REBOOT", e.Problem),
        HostFailed e => Told("FAILED", e.Problem),
        HostBlocked e => Blocked(e.Problem, e.Because),
        HostUnreachable { Because: { } other } => [$"DEFERRED: waits for {other}"],
        HostUnreachable e => Told(e.Deferred ? "DEFERRED to the next run" : "SKIPPED", e.Problem),
        HostCancelled e => [Printable.Line($"not started: {e.Reason}")],
        RollbackStarted e => [Printable.Line($"rolling back: {e.Reason}")],
        HostConcluded e => [Concluded(e)],
        HostRolledBack e => [$"ROLLED BACK{(e.Generation is { } generation ? $" to generation {generation}" : "")}{(e.ByReboot ? " by a reboot" : e.ByGuard ? " by its own guard" : "")}{Moved(e.MovedProfile)}"],
        RollbackFailed e => Told(e.Unknown ? "UNKNOWN, its guard decides" : e.Left ? "FAILED, RUNS THE NEW SYSTEM" : "ROLLBACK FAILED", e.Problem),
        _ => [],
    };

    private static string Moved(SystemRef? profile) => profile is null ? ""
        : $"; somebody else made {(profile.Generation is { } generation ? $"generation {generation}" : "something that is no generation")} its profile's meanwhile, which was left";

    private static string Completed(HostCommitted committed) =>
        committed.AtNextBoot ? "; takes effect at the next boot"
        : committed.RebootNeeded ? "; a reboot completes it (--reboot=if-needed)"
        : "";

    private static IEnumerable<string> Blocked(Problem problem, HostName? because) =>
        because is { } other ? [$"BLOCKED: waits for {other}"] : Told("BLOCKED", problem);

    private static IEnumerable<string> Told(string word, Problem problem) =>
        Summary.Lines(problem).Select((line, i) => i == 0 ? $"{word}: {line}" : line);

    private static string Outcome(RunOutcome outcome) => outcome switch
    {
        RunOutcome.ManualInterventionRequired => "manual intervention required",
        _ => outcome.ToString().ToLowerInvariant(),
    };
}
