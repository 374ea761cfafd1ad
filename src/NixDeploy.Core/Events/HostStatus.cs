namespace NixDeploy.Events;

/// <summary>Where a host stands in a run.</summary>
public enum HostStatus
{
    /// <summary>Not started.</summary>
    Pending,

    /// <summary>Its system is being built.</summary>
    Building,

    /// <summary>Its closure is on its way.</summary>
    Copying,

    /// <summary>The new system is being tested without being activated.</summary>
    Testing,

    /// <summary>The new system is being activated on trial.</summary>
    Activating,

    /// <summary>Its health is watched.</summary>
    Verifying,

    /// <summary>The new system is being made permanent.</summary>
    Committing,

    /// <summary>It is rebooted into the new system.</summary>
    Rebooting,

    /// <summary>It runs the new system for good, and is watched before the next stage begins.</summary>
    Baking,

    /// <summary>Done: it runs the new system for good; or from the next boot on, or until then, as the plan's mode has it.</summary>
    Deployed,

    /// <summary>Done: the new system takes a reboot, which did not take place.</summary>
    NeedsReboot,

    /// <summary>Done: it has told what an activation would do, and nothing was changed.</summary>
    DryActivated,

    /// <summary>Nothing to do.</summary>
    Skipped,

    /// <summary>It has failed: about to be restored, or done when its old system was never left.</summary>
    Failed,

    /// <summary>It is being rolled back.</summary>
    RollingBack,

    /// <summary>Done: it runs its old system again.</summary>
    RolledBack,

    /// <summary>Done badly: manual intervention is required.</summary>
    RollbackFailed,

    /// <summary>Done: it was not touched because it, or a host it waits for, cannot be deployed.</summary>
    Blocked,

    /// <summary>Done: it, or a host it waits for, cannot be reached; the next run takes it.</summary>
    Deferred,

    /// <summary>Done: it was not started because the run was stopped or halted.</summary>
    Cancelled,

    /// <summary>Its connection is lost; its guard decides.</summary>
    Unknown,
}
