using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>Names one holding of a host's lock; every script checks both and does nothing for another holder.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Fence">The number that <c>prepare</c> answered.</param>
public sealed record Transaction(string Run, long Fence);

/// <summary>What a host is prepared for.</summary>
/// <param name="Run">The run's id: letters, digits, <c>-</c>.</param>
/// <param name="Controller">Who asks: host name and process id, for people who find the lock.</param>
/// <param name="Target">The system to be deployed.</param>
/// <param name="Profile">The profile that is deployed to.</param>
public sealed record PrepareRequest(string Run, string Controller, StorePath Target, string Profile)
{
    /// <summary>Whether a lock of another run is broken. Default false.</summary>
    public bool BreakLock { get; init; }

    /// <summary>The run whose lock is taken in any case, because it is dead; <see langword="null"/>: no run's.</summary>
    public string? DeadRun { get; init; }
}

/// <summary>What a host answered when it was to be prepared.</summary>
/// <param name="Transaction">The lock that is now ours; <see langword="null"/> when another run holds it.</param>
/// <param name="HeldBy">Who holds it instead.</param>
/// <param name="Running">What the host runs at this moment.</param>
/// <param name="Missing">The paths of the closure that the host lacks, in the order they were asked.</param>
public sealed record PrepareResult(Transaction? Transaction, HostLock? HeldBy, SystemRef Running, ImmutableArray<StorePath> Missing)
{
    /// <summary>The lock of another run that was broken for this; <see langword="null"/> when there was none.</summary>
    public HostLock? Broken { get; init; }
}

/// <summary>What is to be activated, and how.</summary>
/// <param name="Transaction">Our holding of the lock.</param>
/// <param name="Target">The system to activate, or to make the boot default.</param>
/// <param name="Profile">The profile that a commit sets.</param>
public sealed record ActivationRequest(Transaction Transaction, StorePath Target, string Profile)
{
    /// <summary>
    /// <see cref="ActivationMode.Switch"/>, or <see cref="ActivationMode.Test"/>, which ends with <see cref="IHostSession.KeepAsync"/> instead of
    /// a commit, or <see cref="ActivationMode.Boot"/>, which activates nothing and is committed at once.
    /// </summary>
    public ActivationMode Mode { get; init; }

    /// <summary>How long the guard waits for a verdict, from now; <see langword="null"/>: no guard, one plain <c>switch</c> or <c>test</c>.</summary>
    public TimeSpan? Guard { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Whether the guard may reboot as its last resort.</summary>
    public bool GuardReboot { get; init; } = true;

    /// <summary>The generation of the profile that a commit switches to, which must be <c>Target</c>; <see langword="null"/> makes a new one.</summary>
    public int? Generation { get; init; }

    /// <summary>Whether it is itself a rollback: then no check that a system makes before its activation can forbid it.</summary>
    public bool IsRollback { get; init; }

    /// <summary>Units whose failure is not held against the new system, by full name; <c>*</c> and <c>?</c> stand for other characters.</summary>
    public ImmutableArray<string> MayFail { get; init; } = [];

    /// <summary>How long the old system's activation may take in a rollback before it counts as failed.</summary>
    public TimeSpan RollbackLimit { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>The outcome of an activation.</summary>
public enum ActivationOutcome
{
    /// <summary>The new system runs, every unit started.</summary>
    Activated,

    /// <summary>The new system runs, but units failed to start or an activation snippet failed.</summary>
    ActivatedWithFailures,

    /// <summary>Nothing was activated, as requested: the new system is the boot default.</summary>
    Installed,

    /// <summary>Nothing was activated: this system needs a reboot.</summary>
    NeedsReboot,

    /// <summary>Nothing was activated, or what was activated is not known.</summary>
    Failed,
}

/// <summary>The result of an activation.</summary>
/// <param name="Outcome">How it ended, judged by <c>/run/current-system</c> first and the exit code second.</param>
/// <param name="ExitCode">switch-to-configuration's exit code; <see langword="null"/> when it was killed or never ran.</param>
/// <param name="CurrentSystem">Where <c>/run/current-system</c> points now.</param>
/// <param name="FailedUnits">Units that are failed now and were not before.</param>
/// <param name="Output">The activation's output, its end when it is long.</param>
public sealed record ActivationResult(ActivationOutcome Outcome, int? ExitCode, StorePath? CurrentSystem, ImmutableArray<UnitFailure> FailedUnits, string Output)
{
    /// <summary>Whether the booted kernel, initrd, modules or kernel parameters differ from the target's, so that a reboot completes it.</summary>
    public bool RebootNeeded { get; init; }

    /// <summary>The host's record right after the activation; <see langword="null"/> when the answer did not have it.</summary>
    public TransactionState? Record { get; init; }
}

/// <summary>Why a transaction stands where it stands, as the host's record has it.</summary>
public enum TransactionReason
{
    /// <summary>Nobody has decided yet.</summary>
    None,

    /// <summary>The verdict of a controller.</summary>
    Verdict,

    /// <summary>No verdict came before the guard's deadline.</summary>
    Deadline,

    /// <summary>The activation itself did not happen, and nothing was changed.</summary>
    NotActivated,

    /// <summary>A commit could not set the profile.</summary>
    ProfileFailed,

    /// <summary>A commit could not install the boot loader.</summary>
    BootFailed,

    /// <summary>There was no guard: what was activated stays.</summary>
    NoGuard,

    /// <summary>A reboot that nobody asked for ended it.</summary>
    Reboot,

    /// <summary>The guard rebooted the host as its last resort.</summary>
    GuardReboot,

    /// <summary>The old system's activation failed.</summary>
    OldSystem,

    /// <summary>The old system did not reach its default target.</summary>
    DefaultTarget,

    /// <summary>The host could not be reached over the network with the old system.</summary>
    Network,

    /// <summary>Units of the old system failed.</summary>
    Units,

    /// <summary>The profile could not be set back and names the new system.</summary>
    Profile,

    /// <summary>The boot default could not be set back and may be the new system.</summary>
    BootDefault,

    /// <summary>The host has no record of the transaction: the connection broke before it began.</summary>
    NeverBegun,

    /// <summary>A reason that this version does not know.</summary>
    Other,

    /// <summary>Somebody else has set the profile since the transaction began, so it was not committed, and the profile was left.</summary>
    ProfileMoved,

    /// <summary>Somebody else has activated another system since the transaction began, which was left running.</summary>
    MovedOn,
}

/// <summary>Where a transaction stands.</summary>
public enum TransactionPhase
{
    /// <summary>The guard is activating the new system.</summary>
    Activating,

    /// <summary>The new system was activated (well or badly) and the guard waits for a verdict.</summary>
    OnTrial,

    /// <summary>The verdict is commit, and the guard carries it out.</summary>
    Committing,

    /// <summary>The guard rolls back: by the verdict, at its deadline, or because a commit failed.</summary>
    RollingBack,

    /// <summary>Done: the new system is the profile's generation and the boot default.</summary>
    Committed,

    /// <summary>Done: the new system runs, and the old one is still the profile's generation and the boot default.</summary>
    Kept,

    /// <summary>Done: the old system runs again.</summary>
    RolledBack,

    /// <summary>Done: the host was rebooted in between and runs the old system.</summary>
    RevertedByReboot,

    /// <summary>The rollback failed: manual intervention required.</summary>
    RollbackFailed,

    /// <summary>The profile was set but the boot default was not.</summary>
    HalfCommitted,
}

/// <summary>What the host's record of a transaction says.</summary>
/// <param name="Transaction">Whose it is.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="Target">The system on trial.</param>
/// <param name="Old">The system before it; <see langword="null"/> when there was none.</param>
public sealed record TransactionState(Transaction Transaction, TransactionPhase Phase, StorePath Target, StorePath? Old)
{
    /// <summary>The profile's generation now; <see langword="null"/> when there is none.</summary>
    public int? Generation { get; init; }

    /// <summary>What runs now.</summary>
    public StorePath? CurrentSystem { get; init; }

    /// <summary>
    /// The outcome of the activation, for a controller that lost its connection before it was answered; <see langword="null"/> when the
    /// activation has not ended, was interrupted by a verdict, or the host was rebooted in between.
    /// </summary>
    public ActivationOutcome? Outcome { get; init; }

    /// <summary>switch-to-configuration's exit code; <see langword="null"/> when none is known.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Whether the booted kernel, initrd, modules or kernel parameters differ from the target's, so that a reboot completes it.</summary>
    public bool RebootNeeded { get; init; }

    /// <summary>Why it stands where it stands.</summary>
    public TransactionReason Reason { get; init; }

    /// <summary>What was booted; <see langword="null"/> when the answer did not say.</summary>
    public StorePath? BootedSystem { get; init; }

    /// <summary>Whether the host rolled back without being told to: at its guard's deadline, or by a reboot.</summary>
    public bool ByGuard => Reason is TransactionReason.Deadline or TransactionReason.Reboot or TransactionReason.GuardReboot;

    /// <summary>The units that were failed when the guard began to roll back.</summary>
    public ImmutableArray<UnitFailure> FailedUnits { get; init; } = [];

    /// <summary>What nix-env or the boot loader said when a commit could not be finished, or an activation that did not end; empty otherwise.</summary>
    public string Output { get; init; } = "";

    /// <summary>What systemd was at work on when an activation did not end, such as <c>web.service stop</c>.</summary>
    public ImmutableArray<string> Jobs { get; init; } = [];

    /// <summary>The processes that held the lock of switch-to-configuration when it was waited for in vain, such as <c>1234 (perl …)</c>.</summary>
    public ImmutableArray<string> BusyWith { get; init; } = [];

    /// <summary>What somebody else has made the profile's generation meanwhile; <see langword="null"/> when nobody has.</summary>
    public SystemRef? MovedProfile { get; init; }

    /// <summary>The units that are failed and may be: they were failed before, or the fleet's <c>may-fail</c> names them.</summary>
    public ImmutableArray<string> Tolerated { get; init; } = [];

    /// <summary>When the activation began, by the host's clock; <see langword="null"/> when it did in an earlier boot, or the host could not say.</summary>
    public DateTimeOffset? BeganAt { get; init; }

    /// <summary>How long the guard still waits for a verdict; <see langword="null"/> when it does not wait.</summary>
    public TimeSpan? Remaining { get; init; }

    /// <summary>Whether it is orphaned: it has not ended in this boot and its guard is gone, so that it does not end by itself.</summary>
    public bool Unguarded { get; init; }

    /// <summary>When the guard finished, by the host's clock; <see langword="null"/> when it has not, or a reboot ended it.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether the guard has finished.</summary>
    public bool Done => Phase is TransactionPhase.Committed or TransactionPhase.Kept or TransactionPhase.RolledBack or TransactionPhase.RevertedByReboot or TransactionPhase.RollbackFailed;
}
