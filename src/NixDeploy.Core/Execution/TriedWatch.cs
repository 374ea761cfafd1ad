using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Hosts;
using NixDeploy.Planning;

namespace NixDeploy.Execution;

/// <summary>Watches a host whose new system is on trial, over fresh connections, which also prove that it lets us in.</summary>
internal sealed class TriedWatch(RunContext run, HostPlan plan, Host host, HostLink link)
{
    /// <summary>What the watch found; or how the transaction ended when the guard did not wait for it.</summary>
    /// <param name="transaction">What the guard waits for the verdict of; <see langword="null"/>: no guard is at work.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(HealthVerdict? Verdict, TransactionState? Ended)> WatchAsync(Transaction? transaction, CancellationToken cancellationToken)
    {
        TransactionState? ended = null;
        var again = false;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var request = PlannedHealth.Of(plan, host, run.Fleet.Settings);
            return (await new HealthWatch(run.Time).WatchAsync(FreshAsync, host, request, reading => run.Tell(plan.Host, reading), over.Token).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (ended is not null && !cancellationToken.IsCancellationRequested)
        {
            return (null, ended);
        }

        async Task<IHostSession> FreshAsync(CancellationToken token)
        {
            var missed = again && plan.Guard is not null && transaction is not null;
            again = true;
            var fresh = await link.FreshAsync(token).ConfigureAwait(false);

            // While nobody could ask, the guard may have taken the host back, and its old system must not pass for the new one.
            if (missed && (await fresh.InspectAsync([], token).ConfigureAwait(false)).Transaction is { Done: true } state && state.Transaction == transaction)
            {
                ended = state;
                await over.CancelAsync().ConfigureAwait(false);
            }

            return fresh;
        }
    }
}
