namespace NixDeploy.Events;

/// <summary>Says in one word how a run ended: the worst that happened to a host.</summary>
internal static class Outcomes
{
    /// <summary>The outcome of a run in which nothing is left to do.</summary>
    public static RunOutcome Of(RunState state)
    {
        var statuses = state.Hosts.Values.Select(h => h.Status).ToHashSet();
        if (statuses.Overlaps([HostStatus.Unknown, HostStatus.RollbackFailed]))
        {
            return RunOutcome.ManualInterventionRequired;
        }

        if (statuses.Contains(HostStatus.Failed) || state.Failures > 0)
        {
            return RunOutcome.Failed;
        }

        if (state.Refused is not null || ((state.StopRequested || state.Interrupted is not null) && statuses.Contains(HostStatus.Cancelled)))
        {
            return RunOutcome.Cancelled;
        }

        if (statuses.Contains(HostStatus.RolledBack))
        {
            return RunOutcome.Failed;
        }

        // A host that waits for one that needs a reboot is no reason of its own.
        return state.Hosts.Values.Any(h => h is { Status: HostStatus.Blocked, Because: null }) ? RunOutcome.Refused
            : statuses.Contains(HostStatus.NeedsReboot) ? RunOutcome.ManualInterventionRequired
            : statuses.Overlaps([HostStatus.Blocked, HostStatus.Cancelled]) ? RunOutcome.Refused
            : RunOutcome.Succeeded;
    }
}
