using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Watches a host whose new system is on trial, over fresh connections, which also prove that it lets us in.</summary>
internal sealed class PostActivationCheck(RunContext run, HostPlan plan, Host host, HostLink link)
{
    /// <summary>What the watch found; and the record of a guard that did not wait for it: what was seen may have been the old system then.</summary>
    /// <param name="transaction">What the guard waits for the verdict of; <see langword="null"/>: no guard is at work.</param>
    /// <param name="guardLeft">How long the guard waits from now; <see langword="null"/>: it is renewed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(HealthVerdict Verdict, TransactionState? Decided)> WatchAsync(Transaction? transaction, TimeSpan? guardLeft, CancellationToken cancellationToken)
    {
        var guarded = plan.Guard is null ? null : transaction;
        TransactionState? decided = null;
        HealthVerdict? verdict = null;
        var again = false;
        var bad = new List<CheckReading>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var deadline = guarded is not null && guardLeft is { } left ? new GuardDeadline(run, host, guarded, left, EndAsync) : null;
        try
        {
            var request = PlannedHealth.Of(plan);
            verdict = await new HealthWatch(run.Time).WatchAsync(FreshAsync, host, request, Told, over.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (decided is not null && !cancellationToken.IsCancellationRequested)
        {
            // The guard's record counts.
        }
        finally
        {
            if (deadline is not null)
            {
                await deadline.DisposeAsync().ConfigureAwait(false);
            }
        }

        if (guarded is not null && decided is null && verdict is { Healthy: false })
        {
            decided = await AskAsync(guarded, cancellationToken).ConfigureAwait(false);
        }

        return decided is null ? (verdict!, null) : (new(false, HostProblems.GuardRolledBack(plan, decided, bad)), decided);

        Task EndAsync(TransactionState state)
        {
            decided = state;
            return over.CancelAsync();
        }

        async Task<IHostSession> FreshAsync(CancellationToken token)
        {
            var missed = again && guarded is not null;
            again = true;
            var fresh = await link.FreshAsync(token).ConfigureAwait(false);

            // While nobody could ask, the guard may have begun to take the host back, and its old system must not pass for the new one.
            if (missed && await GuardDeadline.DecidedAsync(fresh, guarded!, token).ConfigureAwait(false) is { } state)
            {
                await EndAsync(state).ConfigureAwait(false);
                token.ThrowIfCancellationRequested();
            }

            return fresh;
        }

        ValueTask Told(CheckReading reading)
        {
            bad.RemoveAll(r => r.Check == reading.Check);
            if (reading.Outcome != CheckOutcome.Passed)
            {
                bad.Add(reading);
            }

            return run.Tell(plan.Host, reading);
        }
    }

    /// <summary>Before a failure is believed: a guard that has not waited may have made it.</summary>
    private async Task<TransactionState?> AskAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            return await link.AskAsync(open => GuardDeadline.DecidedAsync(open, transaction, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (HostException)
        {
            // Whoever takes the host back asks for longer.
            return null;
        }
    }
}
