using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Asks a host whose connection broke what became of its transaction, over fresh connections, for as long as its guard may take.</summary>
internal sealed class TransactionRecovery(RunContext run, Host host)
{
    /// <summary>How long a host may be silent after its guard's deadline: for stopping, restoring, and a reboot as the last resort.</summary>
    private static readonly TimeSpan GuardGrace = TimeSpan.FromMinutes(3);

    /// <summary>How long one that can be asked may take to come to an end: its old system's activation is tried twice, and then rebooted into.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromMinutes(20);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// So many answers in a row without a word of our transaction: the connection broke before it began. So many without a guard: it is not just
    /// about to be started.
    /// </summary>
    private const int Settled = 5;

    /// <summary>The reason of a transaction that the host never heard of.</summary>
    public const string NeverBegunReason = "never-begun";

    /// <summary>
    /// The record once the activation has ended, well or badly, or nobody is at it any more; <see langword="null"/> when the host does not come back.
    /// </summary>
    public Task<TransactionState?> UntilDecidedAsync(Transaction transaction, TimeSpan guardLeft, CancellationToken cancellationToken)
    {
        var unguarded = 0;
        return AskUntilAsync(
            transaction,
            state => state.Phase != TransactionPhase.Activating || (unguarded = state.Unguarded ? unguarded + 1 : 0) >= Settled,
            guardLeft, cancellationToken);
    }

    /// <summary>
    /// The record once the guard is done, the commit handed in again when the guard has not heard of it or a power cut left it half done;
    /// <see langword="null"/> when the host does not come back.
    /// </summary>
    public Task<TransactionState?> CommitAsync(Transaction transaction, TimeSpan guardLeft, CancellationToken cancellationToken) => DecideAsync(
        session => session.CommitAsync(transaction, cancellationToken),
        transaction, state => state.Done || state.Phase is TransactionPhase.OnTrial or TransactionPhase.HalfCommitted, guardLeft, cancellationToken);

    /// <summary>The record once the guard is done, the verdict handed in again when it has not heard of it; <see langword="null"/> when the host does not come back.</summary>
    public Task<TransactionState?> KeepAsync(Transaction transaction, TimeSpan guardLeft, CancellationToken cancellationToken) => DecideAsync(
        session => session.KeepAsync(transaction, cancellationToken), transaction, state => state.Done || state.Phase == TransactionPhase.OnTrial, guardLeft, cancellationToken);

    /// <summary>Hands in the verdict <c>restore</c> as soon as the host answers; <see langword="null"/> when it does not come back.</summary>
    public Task<TransactionState?> RollBackAsync(Transaction transaction, TimeSpan guardLeft, CancellationToken cancellationToken) => DecideAsync(
        session => session.RollBackAsync(transaction, cancellationToken), transaction, _ => true, guardLeft, cancellationToken);

    /// <summary>A verdict changes nothing when the guard is done, but lets the host clean up behind a boot that ended the transaction.</summary>
    private async Task<TransactionState?> DecideAsync(
        Func<IHostSession, Task<TransactionState>> decide, Transaction transaction, Func<TransactionState, bool> ready, TimeSpan guardLeft, CancellationToken cancellationToken)
    {
        var state = await AskUntilAsync(transaction, ready, guardLeft, cancellationToken).ConfigureAwait(false);
        if (state is null or { Reason: NeverBegunReason })
        {
            return state;
        }

        try
        {
            var session = await run.Sessions.OpenAsync(host, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                return await decide(session).ConfigureAwait(false);
            }
        }
        catch (HostException)
        {
            return await AskUntilAsync(transaction, s => s.Done, guardLeft, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<TransactionState?> AskUntilAsync(
        Transaction transaction, Func<TransactionState, bool> enough, TimeSpan guardLeft, CancellationToken cancellationToken)
    {
        var begin = run.Time.GetTimestamp();
        var deadline = guardLeft > TimeSpan.Zero ? guardLeft : TimeSpan.Zero;
        var patience = deadline + GuardGrace;
        var unknown = 0;
        while (true)
        {
            var answer = await AskOnceAsync(cancellationToken).ConfigureAwait(false);
            if (answer?.Transaction is { } state && state.Transaction == transaction)
            {
                unknown = 0;
                if (enough(state))
                {
                    return state with { CurrentSystem = answer.CurrentSystem, Generation = answer.Generation };
                }

                var longer = run.Time.GetElapsedTime(begin) + GuardGrace;
                patience = longer > patience && longer < deadline + LongestEnd ? longer : patience;
            }
            else if (answer?.CurrentSystem is { } running && ++unknown >= Settled)
            {
                return new TransactionState(transaction, TransactionPhase.RolledBack, running, running)
                {
                    CurrentSystem = running,
                    Generation = answer.Generation,
                    Reason = NeverBegunReason,
                };
            }

            if (run.Time.GetElapsedTime(begin) > patience)
            {
                return null;
            }

            await Task.Delay(Pause, run.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<HostState?> AskOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var session = await run.Sessions.OpenAsync(host, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                return await session.InspectAsync([], cancellationToken).ConfigureAwait(false);
            }
        }
        catch (HostException)
        {
            return null;
        }
    }
}
