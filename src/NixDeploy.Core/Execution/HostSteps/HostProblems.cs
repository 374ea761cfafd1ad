using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>The problems of a host in a run: what happened, what the host runs now, and what to type.</summary>
internal static class HostProblems
{
    /// <summary>Somebody else has changed what a host runs, and the run has left it.</summary>
    public const string ChangedCode = "ND0653";

    public static Problem Locked(HostName host, HostLock? holder, DateTimeOffset now) => new("ND0602", holder is null
        ? $"{host} is locked by another deployment."
        : $"{host} is locked by {holder.Describe(now)}; {(holder.Guarded ? "its guard ends by itself: wait with --wait-lock=SECONDS" : "wait with --wait-lock=SECONDS, or use --break-lock when that controller is gone")}.");

    public static Problem MovedOn(HostPlan plan, SystemRef running) => new("ND0603",
        $"{plan.Host} runs {running.System?.Value ?? "no known system"}, but ran {plan.From.System?.Value ?? "no known system"} when the plan was made; plan again.");

    public static Problem NeedsReboot(HostPlan plan) => new("ND0604",
        $"{plan.Host} cannot activate {plan.To} while it runs: nothing was activated, a reboot is needed. "
        + (plan.Reboot is null && plan.Mode == ActivationMode.Switch
            ? "Deploy it again with --reboot=if-needed, which makes it the boot default and reboots."
            : "A trial does not outlive a reboot (mode test, blue-green): deploy it with --mode=switch --strategy=smart --reboot=if-needed."));

    /// <summary>The activation of the new system did not go well.</summary>
    public static Problem Activation(HostPlan plan, ActivationResult tried) => Activation(plan, tried, plan.To, "the new system");

    /// <summary>The same for the old system, in a rollback.</summary>
    public static Problem RollbackActivation(HostPlan plan, ActivationResult tried) => Activation(plan, tried, plan.From.System, "the old system");

    /// <summary>What runs says whether it was activated, whatever switch-to-configuration ended with.</summary>
    private static Problem Activation(HostPlan plan, ActivationResult tried, StorePath? system, string which)
    {
        var units = string.Join(", ", tried.FailedUnits.Select(u => u.Unit));
        if (tried.Record is { Reason: TransactionReason.MovedOn } moved)
        {
            return Superseded(plan, moved);
        }

        if (tried.CurrentSystem != system && tried.Record is { BusyWith.IsEmpty: false } busy)
        {
            return new Problem("ND0605", $"{plan.Host}: {which} was not activated{BusyWith(busy)}. Nothing was changed; deploy again when that has ended.");
        }

        var ended = tried.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"switch-to-configuration ended with {code}") : "switch-to-configuration did not end by itself";
        var what = (Runs: tried.CurrentSystem == system, units) switch
        {
            (true, "") => $"runs, but not all of its activation went well: {ended}{Meaning(tried.ExitCode)}{Complaint(tried.Output)}",
            (true, _) => $"started, but {units} failed",
            (false, "") => $"was not activated: {ended}{LastLine(tried.Output)}{WaitsFor(tried.Record)}",
            (false, _) => $"was not activated: {ended}{LastLine(tried.Output)}; {units} failed",
        };
        return new Problem("ND0605", $"{plan.Host}: {which} {what}.") { Units = tried.FailedUnits };
    }

    /// <summary>What switch-to-configuration means by an exit code with which the system is switched.</summary>
    private static string Meaning(int? code) => code switch
    {
        2 => ", for an activation script failed",
        3 => ", for systemd could not be reloaded (daemon-reload)",
        4 => ", for units failed to start or to be reloaded",
        _ => "",
    };

    /// <summary>The last line that tells of something that went wrong, as most lines only tell what is begun; where none does, its last words.</summary>
    private static string Complaint(string output) => LastLine(string.Join('\n', output.Split('\n')
        .Where(l => l.Contains("fail", StringComparison.OrdinalIgnoreCase) || l.Contains("error", StringComparison.OrdinalIgnoreCase)))) is { Length: > 0 } complaint
        ? complaint
        : LastLine(output) is { Length: > 0 } last ? $"; its last words were{last}" : "";

    /// <summary>Who holds the lock of switch-to-configuration.</summary>
    private static string BusyWith(TransactionState record) => record.BusyWith.IsEmpty ? ""
        : $": another switch-to-configuration is at work, process {string.Join(", ", record.BusyWith)} holds its lock";

    /// <summary>What systemd was at work on when the activation was stopped.</summary>
    private static string WaitsFor(TransactionState? record) => record is { Jobs.IsEmpty: false } ? $"; systemd was at work on: {string.Join(", ", record.Jobs)}" : "";

    /// <summary>A generation that somebody else has made the profile's.</summary>
    private static string Moved(TransactionState record) => record.MovedProfile is { } moved
        ? $"{(moved.Generation is { } number ? string.Create(CultureInfo.InvariantCulture, $"generation {number}") : "something that is no generation")}{(moved.System is { } theirs ? $" ({theirs})" : "")}"
        : "another generation";

    public static Problem ActivationUnseen(HostPlan plan, Problem? broken) => new("ND0605",
        $"{plan.Host}: the new system runs, but not all of its activation went well, {(broken is null ? "while no controller listened" : $"and the connection broke meanwhile ({broken.Message.TrimEnd('.')})")}; its guard's log on the host has more: journalctl -u nixdeploy-guard.");

    /// <summary>The activation stopped somewhere, and no guard is at work on it.</summary>
    public static Problem Interrupted(HostPlan plan) => new("ND0605", $"{plan.Host}: the activation was interrupted, and its guard is gone.");

    public static Problem DoesNotAnswer(HostPlan plan) => new("ND0607", $"{plan.Host} does not answer.");

    public static Problem NotCommitted(HostPlan plan, TransactionState state) => state.Reason switch
    {
        TransactionReason.ProfileFailed => new("ND0650", $"{plan.Host} was healthy, but its profile could not be set{LastLine(state.Output)}."),
        TransactionReason.BootFailed => new("ND0651", $"{plan.Host} was healthy, but its boot loader could not be installed{BusyWith(state)}{LastLine(state.Output)}."),
        TransactionReason.Profile => new("ND0650", $"{plan.Host} was healthy, but its profile could not be set, nor set back{LastLine(state.Output)}."),
        TransactionReason.BootDefault => new("ND0651", $"{plan.Host} was healthy, but its boot loader could not be installed, nor set back{LastLine(state.Output)}."),
        TransactionReason.ProfileMoved => new("ND0652",
            $"{plan.Host}: somebody else made {Moved(state)} its profile's during the deployment, so nothing was committed. The profile was left, and the host runs {state.CurrentSystem?.Value ?? "its old system"}. Find out who did it, then deploy again.")
        {
            Command = RepairCommand.Plain(plan.Described, "nix-env", "-p", plan.Described.Target.Profile, "--list-generations"),
        },
        TransactionReason.Reboot => new("ND0606", $"{plan.Host} was healthy, but a reboot rolled it back before it was committed."),
        var reason => new("ND0606",
            $"{plan.Host} was healthy, but its guard had decided before the commit arrived ({JsonFormat.Word(reason)})."),
    };

    public static Problem NotInstalled(HostPlan plan, ActivationResult tried) => new("ND0620",
        string.Create(CultureInfo.InvariantCulture,
            $"{plan.Host}: the system was not made the boot default: switch-to-configuration boot {(tried.ExitCode is { } code ? $"ended with {code}" : "did not end by itself")}{LastLine(tried.Output)}; see whether /boot is full or cannot be written."));

    public static Problem NotDryActivated(HostPlan plan, DryActivationResult said) => new("ND0621",
        string.Create(CultureInfo.InvariantCulture,
            $"{plan.Host}: {plan.To} did not say what its activation would do: switch-to-configuration dry-activate ended with {said.ExitCode}{LastLine(said.Output)}; run it on the host to see why."));

    public static Problem NotBack(HostPlan plan, TimeSpan limit, string how) => new("ND0622",
        string.Create(CultureInfo.InvariantCulture,
            $"{plan.Host} is not back {limit.TotalSeconds:0} s after its reboot began: {how}. Look at its console; reboot-timeout gives it longer."))
    {
        Command = RepairCommand.Plain(plan.Described, "systemctl", "list-jobs"),
    };

    public static Problem BootedAnother(HostPlan plan, StorePath system, HostState state) => new("ND0623",
        $"{plan.Host} was rebooted into {system}, but runs {state.CurrentSystem?.Value ?? "no known system"}; see what its boot loader starts.");

    public static Problem RebootRollbackFailed(HostPlan plan, string why) => new("ND0624",
        $"manual intervention required: {plan.Host} was rebooted and its rollback failed: {why.TrimEnd('.')}. Its earlier generations are in its boot menu.")
    {
        Command = RollBack(plan, "boot", ["systemctl", "reboot"]),
    };

    /// <summary>The guard rolled back before the checks had passed: those that had not, as they were seen last.</summary>
    public static Problem GuardRolledBack(HostPlan plan, TransactionState state, IReadOnlyList<CheckReading> seen)
    {
        var old = plan.From.System?.Value ?? "its old system";
        var last = seen.Count > 0 ? $" Last seen: {seen[0].Check}: {seen[0].Detail}." : "";
        return new("ND0630", state switch
        {
            { Phase: TransactionPhase.RevertedByReboot } => $"{plan.Host} was rebooted during its health window and runs {old}.{last}",
            _ when seen.Any(r => r.Outcome == CheckOutcome.CouldNotMeasure) =>
                $"{plan.Host} could not be asked whether it is healthy, and its guard rolled back to {old} meanwhile.{last}",
            { Reason: TransactionReason.Deadline, Outcome: null } => string.Create(CultureInfo.InvariantCulture,
                $"{plan.Host}: its activation did not end within its guard's time of {plan.Guard?.TotalSeconds ?? 0:0.#} s (guard-timeout){LastLine(state.Output)}{WaitsFor(state)}, so it rolled back to {old}."),
            { Reason: TransactionReason.Deadline } => string.Create(CultureInfo.InvariantCulture,
                $"{plan.Host}: its guard's time of {plan.Guard?.TotalSeconds ?? 0:0.#} s (guard-timeout) ended before its checks had passed, so it rolled back to {old}.{last}"),
            _ => $"{plan.Host}: its guard rolled back to {old} before its checks had passed ({JsonFormat.Word(state.Reason)}).{last}",
        });
    }

    public static Problem Lost(HostPlan plan) => new("ND0607",
        $"{plan.Host} does not answer; if it was activating, its guard rolls back to {plan.From.System?.Value ?? "the old system"}.")
    {
        Command = RepairCommand.Plain(plan.Described, "readlink", "/run/current-system"),
    };

    public static Problem LostDuringRollback(HostPlan plan) => new("ND0607",
        $"connection lost during the rollback of {plan.Host} to {plan.From.System?.Value ?? "its old system"}: the host's guard finishes or undoes it. Run Status.")
    {
        Command = RepairCommand.Plain(plan.Described, "readlink", "/run/current-system"),
    };

    public static Problem RollbackIncomplete(HostPlan plan, TransactionState state) => state.Reason == TransactionReason.MovedOn ? Superseded(plan, state) : new("ND0608",
        state.Reason switch
        {
            TransactionReason.Profile => $"manual intervention required: {plan.Host} was rolled back to {plan.From.System?.Value ?? "its old system"}, but its profile could not be set back and names the new one{LastLine(state.Output)}.",
            TransactionReason.BootDefault => $"manual intervention required: {plan.Host} was rolled back to {plan.From.System?.Value ?? "its old system"}, but may boot the new one: its boot default could not be set back{LastLine(state.Output)}.",
            _ => $"manual intervention required: the rollback of {plan.Host} to {plan.From.System?.Value ?? "its old system"} failed ({JsonFormat.Word(state.Phase)}, {JsonFormat.Word(state.Reason)}).",
        })
    {
        Units = state.FailedUnits,
        Command = state.Reason switch
        {
            TransactionReason.Profile => RollBack(plan, "switch"),
            TransactionReason.BootDefault => RepairCommand.AsRoot(plan.Described, [$"{plan.Described.Target.Profile}/bin/switch-to-configuration", "boot"]),

            // What only ran is not made the default by this.
            _ => plan.From.System is { } old ? RepairCommand.AsRoot(plan.Described, [$"{old}/bin/switch-to-configuration", plan.From.Generation is null ? "test" : "switch"]) : null,
        },
    };

    /// <summary>Somebody else has changed what this run has committed, so that it is no longer this run's to roll back; <see langword="null"/>: nobody has.</summary>
    public static Problem? ChangedSince(HostPlan plan, HostProgress committed, SystemRef running) =>
        (running.System is { } system && system != plan.To && system != plan.From.System)
        || (committed.Timeline.Any(t => t.Status is HostStatus.Deployed or HostStatus.Rebooting) && committed.Generation is { } ours && running.Generation is { } now && now != ours && now != plan.From.Generation)
            ? new Problem(ChangedCode, string.Create(CultureInfo.InvariantCulture,
                $"{plan.Host} was deployed, and somebody else has changed it since: it runs {running.System?.Value ?? "no known system"}, and its profile has generation {running.Generation}. It was left as it is, and not rolled back. Find out who did it."))
            : null;

    /// <summary>Somebody else has activated a system during the deployment.</summary>
    private static Problem Superseded(HostPlan plan, TransactionState state) => new(ChangedCode,
        $"{plan.Host}: somebody else activated {state.CurrentSystem?.Value ?? "another system"} during the deployment. It was left running{(state.MovedProfile is null ? "" : $", with {Moved(state)} as its profile's")}; this run has neither deployed the host nor rolled it back. Find out who did it, then deploy again.")
    {
        Command = RepairCommand.Plain(plan.Described, "readlink", "/run/current-system"),
    };

    public static Problem NotRolledBack(HostPlan plan, string why) => new("ND0609",
        $"manual intervention required: {plan.Host} runs the new system, and its rollback failed: {why}")
    {
        Command = RollBack(plan, "switch"),
    };

    public static Problem LeftAlone(HostPlan plan) => new("ND0609",
        $"manual intervention required: {plan.Host} stays on the new system: it is not guarded ({(plan.Described.RollbackOnFailure ? "auto-rollback" : "rollback-on-failure")} is off).")
    {
        Command = RollBack(plan, "switch"),
    };

    public static Problem TestFailed(HostPlan plan, Problem problem) => problem with
    {
        Code = "ND0618",
        Message = $"{plan.Host}: the test of {plan.To.Name} has not passed, so nothing was activated on any host: {problem.Message}",
    };

    public static Problem DryActivation(HostPlan plan, DryActivationResult dry) => new("ND0619", string.Create(CultureInfo.InvariantCulture,
        $"{plan.Host}: {plan.To.Name} cannot say what its activation would do, so nothing was activated on any host: dry-activate ended with {dry.ExitCode}{LastLine(dry.Output)}."))
    {
        Command = RepairCommand.AsRoot(plan.Described, [$"{plan.To}/bin/switch-to-configuration", "dry-activate"]),
    };

    /// <summary>The recovery command: makes the old system the default again and activates it; <see langword="null"/> when it is not known which that was.</summary>
    private static string? RollBack(HostPlan plan, string action, params ImmutableArray<ImmutableArray<string>> then)
    {
        var profile = plan.Described.Target.Profile;
        ImmutableArray<string>? set = (plan.From.Generation, plan.From.System) switch
        {
            ({ } generation, _) => ["nix-env", "-p", profile, "--switch-generation", generation.ToString(CultureInfo.InvariantCulture)],
            (null, { } system) => ["nix-env", "-p", profile, "--set", system.Value],
            _ => null,
        };
        return set is { } first ? RepairCommand.AsRoot(plan.Described, [first, [$"{profile}/bin/switch-to-configuration", action], .. then]) : null;
    }

    private static string LastLine(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [.., var last] ? $" ({last})" : "";
}
