using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Renews the deadline of a host's guard, long before it comes, while the host waits for others or its health window lasts.</summary>
internal static class GuardRenewal
{
    /// <summary>
    /// Begins to renew, at once: nobody knows how much of the time the activation and the checks have left. Once it has ended, the deadline
    /// stands as it was last set.
    /// </summary>
    public static SideTask Begin(RunContext run, Host host, Transaction transaction, TimeSpan guard) =>
        new(end => run.Time.PollUntilAsync<TransactionState>(token => RenewOnceAsync(run, host, transaction, guard, token), _ => guard / 3, end));

    private static async Task<TransactionState?> RenewOnceAsync(RunContext run, Host host, Transaction transaction, TimeSpan guard, CancellationToken cancellationToken)
    {
        try
        {
            await run.Sessions.UseAsync(host, session => session.RenewAsync(transaction, guard, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e)
        {
            // There is time for another try; whether it was in time shows when the verdict is submitted.
            run.Log(host.Name, $"The guard's deadline could not be renewed: {e.Message}");
        }

        return null;
    }
}
