using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Scheduling;

namespace NixDeploy.Execution;

/// <summary>What is recorded of an interrupted run, as far as its hosts tell.</summary>
internal static class InterruptedRunReconciler
{
    /// <summary>
    /// The events up to the run's end; <see langword="null"/> while the guard of one of its hosts is at work: then the run may still be
    /// resumed. Pure.
    /// </summary>
    /// <param name="state">Where the run stood.</param>
    /// <param name="seen">What hosts say now; not every host need have been asked.</param>
    public static IEnumerable<DeploymentEvent>? Of(RunState state, IReadOnlyDictionary<HostName, HostState> seen)
    {
        var working = state.Hosts.Values.Where(h => !h.Ended && h.Status is not (HostStatus.Pending or HostStatus.Building or HostStatus.Baking)).ToList();
        var records = working.Where(h => seen.GetValueOrDefault(h.Host)?.Transaction?.Transaction.Run == state.Run).ToDictionary(h => h.Host, h => seen[h.Host].Transaction!);
        return records.Values.Any(HostReconciler.IsGuardAtWork) ? null : Told();

        IEnumerable<DeploymentEvent> Told()
        {
            yield return new RunInterrupted(state.Controller);
            foreach (var host in working)
            {
                if (host.Status is HostStatus.Copying or HostStatus.Testing)
                {
                    yield return new HostCancelled(host.Host, new CancelReason.Interrupted());
                }
                else if (records.GetValueOrDefault(host.Host) is { Done: true } record)
                {
                    yield return Conclude(host, seen[host.Host], record);
                }
            }
        }
    }

    /// <summary>How a host ended that its run did not see the end of.</summary>
    /// <param name="host">The host as the run knew it.</param>
    /// <param name="seen">What it says now.</param>
    /// <param name="record">Its record of the run's transaction, which is done.</param>
    public static HostConcluded Conclude(HostProgress host, HostState seen, TransactionState record) => new(
        host.Host, HostReconciler.Conclude(host, record)!.Value, record.Reason, seen.CurrentSystem, seen.Generation, record.EndedAt);
}
