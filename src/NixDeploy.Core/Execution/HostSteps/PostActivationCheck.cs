using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Checks the health of a host whose new system is on trial, over fresh connections, which also prove that it can be logged in to.</summary>
internal sealed class PostActivationCheck(RunContext run, HostPlan plan, HostLink link)
{
    /// <summary>Watches a trial; a guard that is shorter than the window is renewed until the window has ended.</summary>
    /// <param name="transaction">The transaction that the guard waits for the verdict of.</param>
    /// <param name="guardLeft">How long it waits from now; <see langword="null"/>: there is none.</param>
    /// <param name="beganAt">When the activation began, by the host's clock; <see langword="null"/>: not known.</param>
    /// <param name="cancellationToken">Cancels the checks; the host's guard decides.</param>
    public async Task<(HealthVerdict Verdict, TransactionState? Decided)> WatchTrialAsync(
        Transaction transaction, TimeSpan? guardLeft, DateTimeOffset? beganAt, CancellationToken cancellationToken)
    {
        if (plan.Guard is not { } guard || guard > plan.Window)
        {
            return await WatchAsync(transaction, guardLeft, beganAt, cancellationToken).ConfigureAwait(false);
        }

        var renewal = GuardRenewal.Begin(run, plan.Described, transaction, guard);
        await using (renewal.ConfigureAwait(false))
        {
            return await WatchAsync(transaction, guardLeft: null, beganAt, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What the checks found; and the record of a guard that rolled back meanwhile: what was seen may have been the old system then.</summary>
    /// <param name="transaction">What the guard waits for the verdict of; <see langword="null"/>: no guard is at work.</param>
    /// <param name="guardLeft">How long the guard waits from now; <see langword="null"/>: it is renewed.</param>
    /// <param name="beganAt">When the activation began, by the host's clock; <see langword="null"/>: with its boot.</param>
    /// <param name="cancellationToken">Cancels the checks; the host's guard decides.</param>
    public async Task<(HealthVerdict Verdict, TransactionState? Decided)> WatchAsync(
        Transaction? transaction, TimeSpan? guardLeft, DateTimeOffset? beganAt, CancellationToken cancellationToken)
    {
        var guarded = plan.Guard is null ? null : transaction;
        TransactionState? decided = null;
        HealthVerdict? verdict = null;
        var again = false;
        var bad = new List<CheckReading>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var deadline = guarded is not null && guardLeft is { } left ? GuardDeadline.Begin(run, plan.Described, guarded, left, EndAsync) : null;
        try
        {
            var request = PlannedHealth.Of(plan) with { LogsSince = beganAt };
            verdict = await new HealthWatch(run.Time).WatchAsync(ConnectAsync, plan.Described, request, Told, over.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (decided is not null && !cancellationToken.IsCancellationRequested)
        {
            // The guard's record decides.
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

        async Task<IHostSession> ConnectAsync(CancellationToken token)
        {
            var missed = again && guarded is not null;
            again = true;
            var fresh = await link.ReconnectAsync(token).ConfigureAwait(false);

            // While nobody could ask, the guard may have begun to roll back, and the old system must not pass for the new one.
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

    /// <summary>A guard that rolls back may have caused the failure.</summary>
    private async Task<TransactionState?> AskAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            return await link.AskAsync(open => GuardDeadline.DecidedAsync(open, transaction, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (HostException)
        {
            // The rollback asks for longer.
            return null;
        }
    }
}
