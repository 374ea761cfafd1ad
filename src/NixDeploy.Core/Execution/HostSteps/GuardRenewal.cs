using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Keeps a host's guard waiting while the host waits for others or is watched for long: its deadline is pushed out long before it comes.</summary>
internal sealed class GuardRenewal : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();
    private readonly Task renewing;

    /// <summary>Begins to renew.</summary>
    /// <param name="run">The run.</param>
    /// <param name="host">The host.</param>
    /// <param name="transaction">What its guard waits for the verdict of.</param>
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

    private async Task RenewAsync(RunContext run, Host host, Transaction transaction, TimeSpan guard)
    {
        try
        {
            // At once: nobody knows how much of the time the activation and the watching have left.
            while (true)
            {
                await RenewOnceAsync(run, host, transaction, guard).ConfigureAwait(false);
                await Task.Delay(guard / 3, run.Time, end.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It has been disposed.
        }
    }

    private async Task RenewOnceAsync(RunContext run, Host host, Transaction transaction, TimeSpan guard)
    {
        try
        {
            var session = await run.Sessions.OpenAsync(host, end.Token).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await session.RenewAsync(transaction, guard, end.Token).ConfigureAwait(false);
            }
        }
        catch (HostException e)
        {
            // There is time for another try; whether it was in time shows when the verdict is handed in.
            run.Log(host.Name, $"The guard's deadline could not be pushed out: {e.Message}");
        }
    }
}
