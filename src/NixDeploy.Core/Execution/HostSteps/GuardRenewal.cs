using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Renews the deadline of a host's guard, long before it comes, while the host waits for others or its health window lasts.</summary>
internal sealed class GuardRenewal : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();
    private readonly Task renewing;

    /// <summary>Begins to renew.</summary>
    /// <param name="run">The run.</param>
    /// <param name="host">The host.</param>
    /// <param name="transaction">The transaction that the guard waits for the verdict of.</param>
    /// <param name="guard">How long it waits.</param>
    public GuardRenewal(RunContext run, Host host, Transaction transaction, TimeSpan guard) =>
        renewing = RenewAsync(run, host, transaction, guard);

    /// <summary>Ends the renewing; the deadline stands as it was last set.</summary>
    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync().ConfigureAwait(false);
        await renewing.ConfigureAwait(false);
        end.Dispose();
    }

    /// <summary>The first renewal is at once: nobody knows how much of the time the activation and the checks have left.</summary>
    private async Task RenewAsync(RunContext run, Host host, Transaction transaction, TimeSpan guard)
    {
        try
        {
            await run.Time.PollUntilAsync<TransactionState>(token => RenewOnceAsync(run, host, transaction, guard, token), _ => guard / 3, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It has been disposed.
        }
    }

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
