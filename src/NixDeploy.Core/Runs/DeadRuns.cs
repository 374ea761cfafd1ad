using NixDeploy.HostProtocol;
using NixDeploy.Journal;

namespace NixDeploy.Runs;

/// <summary>Tells from this machine's own record of runs whether the run that holds a lock is dead.</summary>
internal static class DeadRuns
{
    /// <summary>
    /// Whether no controller carries the run out any more. False where that is not certain: it was another machine's run, no run of this state
    /// folder, or its guard is at work.
    /// </summary>
    public static async Task<bool> HasDiedAsync(this ILeaseProvider leases, HostLock held, CancellationToken cancellationToken)
    {
        if (held.Guarded || !ControllerLock.Counts(held.Controller))
        {
            return false;
        }

        try
        {
            if (await leases.TakeOverAsync(held.Run, cancellationToken).ConfigureAwait(false) is not { } lease)
            {
                return false;
            }

            await lease.DisposeAsync().ConfigureAwait(false);
            return true;
        }
        catch (UsageException)
        {
            // What a host gives as a run's id may be no id.
            return false;
        }
    }
}
