using NixDeploy.Events;

namespace NixDeploy.Execution;

/// <summary>What is written down when a run is left at once: what is known of each host, and no more.</summary>
internal static class Detaching
{
    /// <summary>The events. Pure.</summary>
    /// <param name="state">Where the run stands.</param>
    public static IEnumerable<DeploymentEvent> Of(RunState state)
    {
        if (!state.StopRequested)
        {
            yield return new StopRequested();
        }

        foreach (var happened in Hosts(state))
        {
            yield return happened;
        }
    }

    /// <summary>The same without that anybody wanted it.</summary>
    /// <param name="state">Where the run stands.</param>
    public static IEnumerable<DeploymentEvent> Hosts(RunState state)
    {
        // Who is watched is committed, and no guard is at work there: only the watching is over.
        var watched = state.Hosts.Values.Where(h => h.Status == HostStatus.Baking).Select(h => h.Host).ToHashSet();
        foreach (var (place, stage) in state.Plan!.Stages.Index())
        {
            if (watched.Overlaps(stage.Hosts))
            {
                yield return new BakeEnded(place, Passed: false);
            }
        }

        var guarded = state.Plan.Hosts.Where(h => h.Guard is not null).Select(h => h.Host).ToHashSet();
        foreach (var host in state.Hosts.Values.Where(h => !h.Ended && !watched.Contains(h.Host)))
        {
            yield return host.Status is HostStatus.Pending or HostStatus.Building
                ? new HostCancelled(host.Host, new CancelReason.Detached())
                : new RollbackFailed(host.Host, Unknown(host, guarded.Contains(host.Host)), Unknown: true);
        }
    }

    /// <summary>A guard is at work from the trial on, until the host is committed: then it may be rebooted, or be on its way back.</summary>
    private static Problem Unknown(HostProgress host, bool guarded) => new("ND0613",
        guarded && Was(host, HostStatus.Activating) && !Was(host, HostStatus.Deployed) && !Was(host, HostStatus.Rebooting)
            ? $"{host.Host} was left while it was being deployed; its guard decides, and Status tells what became of it."
            : $"{host.Host} was left while it was worked on; Status tells what became of it.");

    private static bool Was(HostProgress host, HostStatus status) => host.Timeline.Any(t => t.Status == status);
}
