using NixDeploy.Fleets;

namespace NixDeploy.Scheduling;

/// <summary>What is to be done next with one host.</summary>
internal abstract record NextStep
{
    private NextStep()
    {
    }

    /// <summary>Take its lock, root both systems, and copy what it lacks.</summary>
    public sealed record Prepare : NextStep;

    /// <summary>Ask it what an activation would do.</summary>
    public sealed record DryActivate : NextStep;

    /// <summary>Begin a transaction that activates this system on trial, or makes it the boot default where the mode says so.</summary>
    public sealed record Activate(StorePath System) : NextStep;

    /// <summary>Begin a transaction that only makes this system the boot default.</summary>
    public sealed record Install(StorePath System) : NextStep;

    /// <summary>Ask the host where its transaction stands: the log does not tell, or its guard is at work.</summary>
    public sealed record Ask : NextStep;

    /// <summary>Watch whether the system that runs is healthy.</summary>
    public sealed record Verify : NextStep;

    /// <summary>Submit this verdict to the guard.</summary>
    public sealed record Submit(Verdict Verdict) : NextStep;

    /// <summary>Reboot into this system and wait until the host is back.</summary>
    public sealed record Reboot(StorePath System) : NextStep;

    /// <summary>Wait for a reboot that an earlier process began.</summary>
    public sealed record AwaitReboot : NextStep;

    /// <summary>Record that the deployment failed.</summary>
    public sealed record Fail(FailureReason Reason) : NextStep;

    /// <summary>Record that a rollback begins.</summary>
    public sealed record BeginRollback : NextStep;

    /// <summary>Record how it ended.</summary>
    public sealed record End(HostOutcome Outcome) : NextStep;

    /// <summary>Nothing: it has ended.</summary>
    public sealed record Nothing : NextStep;
}

/// <summary>What a controller tells a guard.</summary>
internal enum Verdict
{
    /// <summary>The new system becomes the profile's generation and the boot default.</summary>
    Commit,

    /// <summary>The new system keeps running until the next boot.</summary>
    Keep,

    /// <summary>The system from before the transaction is activated again.</summary>
    RollBack,
}

/// <summary>Why a deployment has failed, as the host's record tells it.</summary>
internal enum FailureReason
{
    /// <summary>The activation went wrong, or did not happen.</summary>
    Activation,

    /// <summary>The activation was interrupted, and its guard is gone.</summary>
    Interrupted,

    /// <summary>The guard rolled back before a verdict came, or a reboot did.</summary>
    GuardRolledBack,

    /// <summary>The system was healthy and is not committed.</summary>
    NotCommitted,
}

/// <summary>How the work on a host ends.</summary>
internal abstract record HostOutcome
{
    private HostOutcome()
    {
    }

    /// <summary>The new system is committed.</summary>
    /// <param name="AtNextBoot">Whether it runs only from the next boot on.</param>
    /// <param name="RebootNeeded">Whether only a reboot completes it.</param>
    public sealed record Committed(bool AtNextBoot, bool RebootNeeded) : HostOutcome;

    /// <summary>The new system runs until the next boot.</summary>
    public sealed record Kept : HostOutcome;

    /// <summary>Nothing was activated: the new system takes a reboot.</summary>
    public sealed record NeedsReboot : HostOutcome;

    /// <summary>The old system runs.</summary>
    /// <param name="ByGuard">Whether the host rolled back without being told to.</param>
    /// <param name="ByReboot">Whether a reboot that nobody asked for did it.</param>
    public sealed record RolledBack(bool ByGuard, bool ByReboot) : HostOutcome;

    /// <summary>The new system stays, as the settings say.</summary>
    public sealed record LeftOnNewSystem : HostOutcome;

    /// <summary>The old system is not what runs and boots.</summary>
    public sealed record RollbackFailed(RollbackFailure Reason) : HostOutcome;
}

/// <summary>Why a rollback has failed.</summary>
internal enum RollbackFailure
{
    /// <summary>The guard could not finish it, as its record says.</summary>
    Incomplete,

    /// <summary>The transaction back to the old system did not succeed: the new one runs.</summary>
    NewSystemStays,

    /// <summary>Another run had deployed the new system before this one came to the host: this one knows no other.</summary>
    DeployedByAnotherRun,

    /// <summary>What the host ran before is not known.</summary>
    OldSystemUnknown,
}
