using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Events;

/// <summary>Something that is about to happen or was seen in a run.</summary>
/// <remarks>
/// What changes a host or the run is announced by an event that is durable before it begins. The others are observations.
/// In JSON the <c>type</c> is the name in kebab case, such as <c>activation-started</c>.
/// </remarks>
public abstract record DeploymentEvent;

/// <summary>An event of one host.</summary>
/// <param name="Host">The host.</param>
public abstract record HostEvent(HostName Host) : DeploymentEvent;

/// <summary>A run begins: everything it will do is in the plan.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Controller">Host name and process id of the controller.</param>
/// <param name="Fleet">Where the fleet was read.</param>
/// <param name="Plan">The plan.</param>
public sealed record RunStarted(string Run, string Controller, string Fleet, DeploymentPlan Plan) : DeploymentEvent
{
    /// <summary>Who deploys, where and with which version; <see langword="null"/> in journals of version 1.</summary>
    public ControllerIdentity? StartedBy { get; init; }

    /// <summary>
    /// Where the run that was started before this one in the same store stood then: links the runs to one chain. <see langword="null"/> for a
    /// store's first run, and in journals of version 1.
    /// </summary>
    public RunHead? Previous { get; init; }
}

/// <summary>Who carries out a run, and where.</summary>
/// <param name="User">The user's name on the controller.</param>
/// <param name="Machine">The controller's host name.</param>
/// <param name="ProcessId">The controller's process id.</param>
/// <param name="Version">NixDeploy's version.</param>
public sealed record ControllerIdentity(string User, string Machine, int ProcessId, string Version);

/// <summary>Where a run's chain of hashes stands.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Sequence">The number of its last event.</param>
/// <param name="Hash">That event's hash.</param>
public sealed record RunHead(string Run, long Sequence, string Hash);

/// <summary>The systems of these hosts are being built, in one batch.</summary>
/// <param name="Hosts">The hosts.</param>
public sealed record BuildStarted(ImmutableArray<HostName> Hosts) : DeploymentEvent;

/// <summary>A host's system is in the controller's store.</summary>
public sealed record HostBuilt(HostName Host) : HostEvent(Host);

/// <summary>A host is locked, its roots are made, and what it lacks is copied.</summary>
public sealed record CopyStarted(HostName Host) : HostEvent(Host);

/// <summary>Another run holds the host's lock, and is waited for.</summary>
/// <param name="Host">The host.</param>
/// <param name="Holder">Who holds it, since when, and its number.</param>
public sealed record LockAwaited(HostName Host, string Holder) : HostEvent(Host);

/// <summary>The lock that another run held was broken, as a person asked for, or because that run is dead.</summary>
/// <param name="Host">The host.</param>
/// <param name="Holder">Who held it, since when, and its number.</param>
public sealed record LockBroken(HostName Host, string Holder) : HostEvent(Host)
{
    /// <summary>Whether nobody asked for it: this machine's own record says that the run is dead.</summary>
    public bool OfDeadRun { get; init; }
}

/// <summary>The host has the whole closure.</summary>
/// <param name="Host">The host.</param>
/// <param name="Paths">How many store paths it lacked.</param>
/// <param name="Bytes">How many bytes went over the wire.</param>
/// <param name="Fence">The number of the host's lock.</param>
public sealed record HostCopied(HostName Host, int Paths, long Bytes, long Fence) : HostEvent(Host);

/// <summary>The new system is being tested without the host, and the host asked what an activation would do.</summary>
public sealed record TestStarted(HostName Host) : HostEvent(Host);

/// <summary>The test has passed, and the host has said what an activation would do. Nothing was activated.</summary>
public sealed record HostTested(HostName Host) : HostEvent(Host);

/// <summary>The new system is about to be tried, or to be made the boot default.</summary>
/// <param name="Host">The host.</param>
/// <param name="From">What it runs.</param>
/// <param name="To">What it is to run.</param>
public sealed record ActivationStarted(HostName Host, SystemRef From, StorePath To) : HostEvent(Host)
{
    /// <summary>Whether it is activated at all.</summary>
    public ActivationMode Mode { get; init; }
}

/// <summary>The new system runs; whether it is healthy is not known yet.</summary>
public sealed record HostActivated(HostName Host) : HostEvent(Host)
{
    /// <summary>The units that are failed, and may be: they were failed before, or <c>may-fail</c> names them.</summary>
    public ImmutableArray<string> Tolerated { get; init; } = [];
}

/// <summary>A health check was looked at and its answer differs from the last one.</summary>
/// <param name="Host">The host.</param>
/// <param name="Check">The check's title.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Detail">What was seen.</param>
public sealed record CheckObserved(HostName Host, string Check, bool Passed, string Detail) : HostEvent(Host)
{
    /// <summary>Whether it could be measured; where it could not, nobody knows whether it would have passed.</summary>
    public bool Measured { get; init; } = true;
}

/// <summary>Every check has passed for the whole window.</summary>
public sealed record HostHealthy(HostName Host) : HostEvent(Host);

/// <summary>The verdict <c>commit</c> is about to be handed in.</summary>
public sealed record CommitStarted(HostName Host) : HostEvent(Host);

/// <summary>The new system is the profile's generation and the boot default.</summary>
/// <param name="Host">The host.</param>
/// <param name="Generation">The profile's generation now; <see langword="null"/> when the host could not say.</param>
public sealed record HostCommitted(HostName Host, int? Generation) : HostEvent(Host)
{
    /// <summary>Whether it does not run yet, but from the next boot on.</summary>
    public bool AtNextBoot { get; init; }

    /// <summary>Whether it runs, and only a reboot completes it: another kernel was booted than it has.</summary>
    public bool RebootNeeded { get; init; }
}

/// <summary>The verdict <c>keep</c> is about to be handed in.</summary>
public sealed record KeepStarted(HostName Host) : HostEvent(Host);

/// <summary>The new system runs, healthy; the boot default is the old one, so it is gone at the next boot.</summary>
public sealed record HostKept(HostName Host) : HostEvent(Host);

/// <summary>The host has told what an activation would do; nothing on it was changed.</summary>
/// <param name="Host">The host.</param>
/// <param name="DryRun">What it would do to units.</param>
public sealed record HostDryActivated(HostName Host, DryActivation DryRun) : HostEvent(Host);

/// <summary>The new system is committed, and the host is about to be rebooted into it.</summary>
/// <param name="Host">The host.</param>
/// <param name="Generation">The profile's generation now.</param>
public sealed record RebootStarted(HostName Host, int? Generation) : HostEvent(Host)
{
    /// <summary>The kernel's boot id before the reboot; <see langword="null"/> in older journals.</summary>
    public string? BootId { get; init; }
}

/// <summary>The host is back from its reboot and runs what it should; whether it is healthy is not known yet.</summary>
/// <param name="Host">The host.</param>
/// <param name="System">What it runs.</param>
public sealed record HostRebooted(HostName Host, StorePath System) : HostEvent(Host);

/// <summary>The system takes a reboot that did not take place: nothing was activated and the old one runs, or it is committed.</summary>
/// <param name="Host">The host.</param>
/// <param name="Generation">The profile's generation now.</param>
/// <param name="Problem">Why a reboot is needed.</param>
public sealed record HostNeedsReboot(HostName Host, int? Generation, Problem Problem) : HostEvent(Host);

/// <summary>A host has failed; what becomes of it is told by the events that follow.</summary>
/// <param name="Host">The host.</param>
/// <param name="Problem">Why.</param>
/// <param name="Activated">Whether its old system may no longer be what runs, so that it must be restored.</param>
public sealed record HostFailed(HostName Host, Problem Problem, bool Activated) : HostEvent(Host)
{
    /// <summary>What the host runs now, where it was read; <see langword="null"/> where it was not.</summary>
    public StorePath? System { get; init; }
}

/// <summary>A host cannot be deployed, and nothing on it was touched.</summary>
/// <param name="Host">The host.</param>
/// <param name="Problem">Why.</param>
/// <param name="Because">The host it waits for, when that is the reason.</param>
public sealed record HostBlocked(HostName Host, Problem Problem, HostName? Because) : HostEvent(Host);

/// <summary>A host is unreachable, and is skipped or deferred, as its settings or the request say.</summary>
/// <param name="Host">The host.</param>
/// <param name="Problem">Why it, or the host that it waits for, cannot be reached.</param>
/// <param name="Deferred">Whether the next run takes it.</param>
/// <param name="Because">The host it waits for that is deferred; <see langword="null"/> when it is this one itself.</param>
public sealed record HostUnreachable(HostName Host, Problem Problem, bool Deferred, HostName? Because) : HostEvent(Host);

/// <summary>A host was not started because the run was stopped or halted.</summary>
/// <param name="Host">The host.</param>
/// <param name="Reason">Why.</param>
public sealed record HostCancelled(HostName Host, CancelReason Reason) : HostEvent(Host);

/// <summary>The host is about to be rolled back to its old system.</summary>
/// <param name="Host">The host.</param>
/// <param name="Reason">Why.</param>
public sealed record RollbackStarted(HostName Host, string Reason) : HostEvent(Host);

/// <summary>The host runs its old system again.</summary>
/// <param name="Host">The host.</param>
/// <param name="System">What it runs.</param>
/// <param name="Generation">The profile's generation.</param>
/// <param name="ByGuard">Whether the host's guard did it without being asked.</param>
public sealed record HostRolledBack(HostName Host, StorePath? System, int? Generation, bool ByGuard) : HostEvent(Host)
{
    /// <summary>Whether a boot that nobody wanted did it, such as after a power cut.</summary>
    public bool ByReboot { get; init; }

    /// <summary>What somebody else has made the profile's generation meanwhile, which was left; <see langword="null"/> when nobody has.</summary>
    public SystemRef? MovedProfile { get; init; }
}

/// <summary>The rollback failed, or it is not known whether it did.</summary>
/// <param name="Host">The host.</param>
/// <param name="Problem">What happened, with the command a person needs.</param>
/// <param name="Unknown">Whether the host could not be asked; its guard decides then.</param>
public sealed record RollbackFailed(HostName Host, Problem Problem, bool Unknown) : HostEvent(Host)
{
    /// <summary>What the host runs now, where it was read; <see langword="null"/> where it was not.</summary>
    public StorePath? System { get; init; }

    /// <summary>The profile's generation now, where it was read.</summary>
    public int? Generation { get; init; }

    /// <summary>Whether nobody tried: the fleet, the host or the request says that the new system stays whatever happens.</summary>
    public bool Left { get; init; }
}

/// <summary>How a host that a run had lost ended, as the host's own record told a later look at it.</summary>
/// <param name="Host">The host.</param>
/// <param name="End">How its transaction ended.</param>
/// <param name="Reason">Why, as the host's record has it.</param>
/// <param name="System">What it runs when it is looked at.</param>
/// <param name="Generation">The profile's generation when it is looked at.</param>
/// <param name="EndedAt">When it ended, by the host's clock; <see langword="null"/> when a boot ended it.</param>
public sealed record HostConcluded(HostName Host, Conclusion End, TransactionReason Reason, StorePath? System, int? Generation, DateTimeOffset? EndedAt) : HostEvent(Host);

/// <summary>How a transaction ended that nobody watched.</summary>
public enum Conclusion
{
    /// <summary>The new system is the profile's generation and the boot default.</summary>
    Committed,

    /// <summary>The new system runs until the next boot.</summary>
    Kept,

    /// <summary>The old system runs again.</summary>
    RolledBack,

    /// <summary>The rollback failed.</summary>
    RollbackFailed,
}

/// <summary>What a host cost so far in this run, planning included.</summary>
/// <param name="Host">The host.</param>
/// <param name="Connections">Connections opened.</param>
/// <param name="Commands">Remote commands run.</param>
public sealed record TrafficCounted(HostName Host, int Connections, int Commands) : HostEvent(Host)
{
    /// <summary>How often something that changes nothing was tried again, because a connection was closed or lost.</summary>
    public int Retries { get; init; }
}

/// <summary>No further host is started: a person asked for it.</summary>
public sealed record StopRequested : DeploymentEvent
{
    /// <summary>Who asked for it from elsewhere; <see langword="null"/> when it was asked where the run is carried out.</summary>
    public string? By { get; init; }
}

/// <summary>The run's controller was gone before the run had ended; another command writes down what the hosts say of themselves.</summary>
/// <param name="Controller">Host name and process id of the controller that is gone.</param>
public sealed record RunInterrupted(string Controller) : DeploymentEvent;

/// <summary>The hosts that a stage has deployed are watched before the next stage begins.</summary>
/// <param name="Stage">The stage's place in the plan, from 0.</param>
/// <param name="Hosts">The hosts.</param>
/// <param name="For">For how long.</param>
public sealed record BakeStarted(int Stage, ImmutableArray<HostName> Hosts, TimeSpan For) : DeploymentEvent;

/// <summary>The watching is over: the next stage begins, unless a host failed or the run was stopped.</summary>
/// <param name="Stage">The stage's place in the plan, from 0.</param>
/// <param name="Passed">Whether every host kept passing for the whole time.</param>
public sealed record BakeEnded(int Stage, bool Passed) : DeploymentEvent;

/// <summary>
/// More hosts failed than the budget bears, or one of a stage that bears none, or nobody approved: hosts are rolled back, and none is started.
/// How that ended is the run's <see cref="RunOutcome"/>.
/// </summary>
/// <param name="Failed">How many failed.</param>
/// <param name="Allowed">How many were allowed to.</param>
public sealed record RunHalted(int Failed, int Allowed) : DeploymentEvent
{
    /// <summary>Why.</summary>
    public HaltReason Reason { get; init; } = new HaltReason.BudgetExceeded(Failed, Allowed);

    /// <summary>Who is rolled back: the run, or the stage.</summary>
    public RollbackScope Scope { get; init; } = RollbackScope.Run;

    /// <summary>The stage's place in the plan, from 0.</summary>
    public int Stage { get; init; }
}

/// <summary>The run has ended.</summary>
/// <param name="Outcome">How.</param>
public sealed record RunFinished(RunOutcome Outcome) : DeploymentEvent;
