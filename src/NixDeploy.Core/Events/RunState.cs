using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Events;

/// <summary>Where a run stands: folded from its events, nothing else.</summary>
public sealed record RunState
{
    /// <summary>Before the first event.</summary>
    public static RunState Empty { get; } = new();

    /// <summary>The run's id; empty before it began.</summary>
    public string Run { get; init; } = "";

    /// <summary>Host name and process id of its controller; empty before it began.</summary>
    public string Controller { get; init; } = "";

    /// <summary>The plan; <see langword="null"/> before it began.</summary>
    public DeploymentPlan? Plan { get; init; }

    /// <summary>Where the fleet was read.</summary>
    public string Fleet { get; init; } = "";

    /// <summary>Every host of the plan, skipped and blocked ones too.</summary>
    public ImmutableSortedDictionary<HostName, HostProgress> Hosts { get; init; } = ImmutableSortedDictionary<HostName, HostProgress>.Empty;

    /// <summary>When the first event was appended.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the last one was appended.</summary>
    public DateTimeOffset? LastAt { get; init; }

    /// <summary>Whether a person asked to stop.</summary>
    public bool StopRequested { get; init; }

    /// <summary>That its controller was gone before it had ended; <see langword="null"/> when it was not.</summary>
    public RunInterrupted? Interrupted { get; init; }

    /// <summary>Why and how far hosts are rolled back; <see langword="null"/> while they are not.</summary>
    public RunHalted? Halt { get; init; }

    /// <summary>Whether hosts are rolled back.</summary>
    public bool Halted => Halt is not null;

    /// <summary>The stages whose watching is over, by their place in the plan.</summary>
    public ImmutableSortedSet<int> Baked { get; init; } = [];

    /// <summary>The stages after which a person has said that the next one begins, by their place in the plan.</summary>
    public ImmutableSortedSet<int> Approved { get; init; } = [];

    /// <summary>The question that waits for an answer; <see langword="null"/>: none.</summary>
    public PendingApproval? Awaits { get; init; }

    /// <summary>Who did not approve; <see langword="null"/>: nobody was asked, or all was approved.</summary>
    public ApprovalRefused? Refused { get; init; }

    /// <summary>How it ended; <see langword="null"/> while it runs.</summary>
    public RunOutcome? Outcome { get; init; }

    /// <summary>The time from the first to the last event.</summary>
    public TimeSpan Elapsed => LastAt - StartedAt ?? TimeSpan.Zero;

    /// <summary>The hosts that have failed while being deployed, whatever became of them.</summary>
    public int Failures => Hosts.Values.Count(h => h.FailedWhileDeploying);
}

/// <summary>A question that waits for a person's answer.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="At">When, UTC.</param>
public sealed record PendingApproval(ApprovalRequested Question, DateTimeOffset At)
{
    /// <summary>When the run is rolled back if nobody answers, UTC.</summary>
    public DateTimeOffset Until => At + Question.Timeout;
}

/// <summary>Where one host stands.</summary>
/// <param name="Host">The host.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="From">What it ran when the plan was made.</param>
public sealed record HostProgress(HostName Host, HostStatus Status, SystemRef From)
{
    /// <summary>What it is to run; <see langword="null"/> for hosts that cannot be deployed.</summary>
    public StorePath? To { get; init; }

    /// <summary>The highest milestone that it holds; <see langword="null"/> when it holds none, or lost it.</summary>
    public Milestone? Reached { get; init; }

    /// <summary>Whether its system is in the controller's store.</summary>
    public bool Built { get; init; }

    /// <summary>The profile's generation as last heard.</summary>
    public int? Generation { get; init; }

    /// <summary>Whether it is deployed, but runs the new system only from its next boot on.</summary>
    public bool AtNextBoot { get; init; }

    /// <summary>Whether it is deployed, but runs the new system only until its next boot.</summary>
    public bool UntilNextBoot { get; init; }

    /// <summary>Whether it is deployed, and a reboot completes it.</summary>
    public bool RebootNeeded { get; init; }

    /// <summary>What an activation would do to units; <see langword="null"/> when nobody asked.</summary>
    public DryActivation? DryRun { get; init; }

    /// <summary>What the host's record told after the run had lost it; <see langword="null"/> when it was not lost, or not asked since.</summary>
    public HostConcluded? Concluded { get; init; }

    /// <summary>The number of the host's lock while we hold it.</summary>
    public long? Fence { get; init; }

    /// <summary>The kernel's boot id before the reboot into the new system; <see langword="null"/> when none was begun, and in older journals.</summary>
    public string? BootBeforeReboot { get; init; }

    /// <summary>Bytes that were copied.</summary>
    public long CopiedBytes { get; init; }

    /// <summary>Why it is not deployed.</summary>
    public Problem? Problem { get; init; }

    /// <summary>The host it waits for that failed or is blocked.</summary>
    public HostName? Because { get; init; }

    /// <summary>Whether it failed after it was touched.</summary>
    public bool FailedWhileDeploying { get; init; }

    /// <summary>Whether it has failed and must be rolled back.</summary>
    public bool AwaitsRollback { get; init; }

    /// <summary>Whether it has failed and is left on the new system, as its own setting has it.</summary>
    public bool Left { get; init; }

    /// <summary>Whether the host's guard rolled back without a verdict.</summary>
    public bool RolledBackByGuard { get; init; }

    /// <summary>Whether a boot that nobody wanted restored it.</summary>
    public bool RolledBackByReboot { get; init; }

    /// <summary>The checks and their latest answers, in the order in which they were first seen.</summary>
    public ImmutableArray<CheckObserved> Checks { get; init; } = [];

    /// <summary>When it was first worked on.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it came to its end.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When each status was entered, in order.</summary>
    public ImmutableArray<(HostStatus Status, DateTimeOffset At)> Timeline { get; init; } = [];

    /// <summary>How often something that changes nothing was tried again.</summary>
    public int Retries { get; init; }

    /// <summary>Connections opened.</summary>
    public int Connections { get; init; }

    /// <summary>Remote commands run.</summary>
    public int Commands { get; init; }

    /// <summary>Whether nothing more will happen to it unless the run is rolled back.</summary>
    public bool Ended => Status is HostStatus.Deployed or HostStatus.NeedsReboot or HostStatus.DryActivated or HostStatus.Skipped or HostStatus.RolledBack
        or HostStatus.RollbackFailed or HostStatus.Blocked or HostStatus.Deferred or HostStatus.Cancelled or HostStatus.Unknown
        || (Status is HostStatus.Failed && !AwaitsRollback);
}
