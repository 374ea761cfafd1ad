using NixDeploy.Events;

namespace NixDeploy.Execution;

/// <summary>What is recorded when a process detaches from its run: what is known of each host, and no more.</summary>
internal static class Detaching
{
    /// <summary>The events. Pure.</summary>
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

    /// <summary>The same for a run that was interrupted: nobody asked to stop it.</summary>
    public static IEnumerable<DeploymentEvent> Hosts(RunState state)
    {
        // A host that bakes is committed, and no guard is at work there: only the bake is over.
        var baking = state.Hosts.Values.Where(h => h.Status == HostStatus.Baking).Select(h => h.Host).ToHashSet();
        foreach (var (place, stage) in state.Plan!.Stages.Index())
        {
            if (baking.Overlaps(stage.Hosts))
            {
                yield return new BakeEnded(place, Passed: false);
            }
        }

        var guarded = state.Plan.Hosts.Where(h => h.Guard is not null).Select(h => h.Host).ToHashSet();
        foreach (var host in state.Hosts.Values.Where(h => !h.Ended && !baking.Contains(h.Host)))
        {
            yield return host.Status is HostStatus.Pending or HostStatus.Building
                ? new HostCancelled(host.Host, new CancelReason.Detached())
                : new RollbackFailed(host.Host, Unknown(host, guarded.Contains(host.Host)), Unknown: true);
        }
    }

    /// <summary>A guard is at work from the activation until the commit; after that the host may be rebooting or rolling back.</summary>
    private static Problem Unknown(HostProgress host, bool guarded) => new("ND0613",
        guarded && Was(host, HostStatus.Activating) && !Was(host, HostStatus.Deployed) && !Was(host, HostStatus.Rebooting)
            ? $"{host.Host} was being deployed when the run ended; its guard decides. Run Status."
            : $"the run ended while {host.Host} was being worked on. Run Status.");

    private static bool Was(HostProgress host, HostStatus status) => host.Timeline.Any(t => t.Status == status);
}
