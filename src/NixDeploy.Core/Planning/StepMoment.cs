using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>A moment of an earlier run that durations are made of.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Host">The host.</param>
/// <param name="Mark">What happened.</param>
/// <param name="At">When, UTC.</param>
public sealed record StepMoment(string Run, HostName Host, StepMark Mark, DateTimeOffset At);

/// <summary>What begins and ends a step, by the name of the event that says so.</summary>
public enum StepMark
{
    /// <summary>The batch that the host is in is being built.</summary>
    BuildStarted,

    /// <summary>The host's system was built.</summary>
    HostBuilt,

    /// <summary>The host was being locked, and the closure copied.</summary>
    CopyStarted,

    /// <summary>The closure was there.</summary>
    HostCopied,

    /// <summary>The activation on trial was about to begin.</summary>
    ActivationStarted,

    /// <summary>The new system ran.</summary>
    HostActivated,

    /// <summary>It had been healthy for the whole window.</summary>
    HostHealthy,

    /// <summary>The verdict was about to be handed in.</summary>
    CommitStarted,

    /// <summary>The new system was permanent.</summary>
    HostCommitted,

    /// <summary>The host had failed.</summary>
    HostFailed,

    /// <summary>The host was about to be rolled back.</summary>
    RollbackStarted,

    /// <summary>The old system ran again.</summary>
    HostRolledBack,
}
