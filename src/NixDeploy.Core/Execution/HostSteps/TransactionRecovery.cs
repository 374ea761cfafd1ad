using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Asks a host where this run's transaction stands, over fresh connections, for as long as its guard may take.</summary>
internal sealed class TransactionRecovery(RunContext run, Host host)
{
    /// <summary>How long a host may be silent after its guard's deadline: for stopping, rolling back, and a reboot as the last resort.</summary>
    private static readonly TimeSpan GuardGrace = TimeSpan.FromMinutes(3);

    /// <summary>How long one that answers may take to end: its old system's activation is tried twice, and then rebooted into.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromMinutes(20);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// So many answers in a row without a record of our transaction: the connection broke before it began. So many without a guard: it is
    /// not just about to be started.
    /// </summary>
    private const int Settled = 5;

    /// <summary>The record once the activation has ended, well or badly, or nobody works on it any more; <see langword="null"/> when the host does not answer.</summary>
    /// <param name="transaction">The transaction; <see langword="null"/>: the last one of this run, for a process that did not begin it.</param>
    /// <param name="guardLeft">How long the guard may still wait for a verdict.</param>
    /// <param name="cancellationToken">Cancels the asking; the host's guard decides.</param>
    public Task<TransactionState?> UntilActivatedAsync(Transaction? transaction, TimeSpan guardLeft, CancellationToken cancellationToken)
    {
        var unguarded = 0;
        return UntilAsync(
            transaction,
            state => state.Phase != TransactionPhase.Activating || (unguarded = state.Unguarded ? unguarded + 1 : 0) >= Settled,
            guardLeft, cancellationToken);
    }

    /// <summary>The record once it is enough; <see langword="null"/> when the host does not answer.</summary>
    public async Task<TransactionState?> UntilAsync(
        Transaction? transaction, Func<TransactionState, bool> enough, TimeSpan guardLeft, CancellationToken cancellationToken)
    {
        var deadline = guardLeft > TimeSpan.Zero ? guardLeft : TimeSpan.Zero;
        var patience = deadline + GuardGrace;
        var (without, answered) = (0, false);
        return await run.Time.PollUntilAsync(AskAsync, Next, cancellationToken).ConfigureAwait(false);

        async Task<TransactionState?> AskAsync(CancellationToken token)
        {
            answered = false;
            var answer = await AskOnceAsync(token).ConfigureAwait(false);
            if (answer?.Transaction is { } state && (transaction is null ? state.Transaction.Run == run.Run : state.Transaction == transaction))
            {
                (without, answered) = (0, true);
                return enough(state) ? AsSeen(state, answer) : null;
            }

            return answer?.CurrentSystem is { } running && ++without >= Settled
                ? AsSeen(new TransactionState(transaction ?? new Transaction(run.Run, 0), TransactionPhase.RolledBack, running, running) { Reason = TransactionReason.NeverBegun }, answer)
                : null;
        }

        TimeSpan? Next(TimeSpan elapsed)
        {
            var longer = elapsed + GuardGrace;
            patience = answered && longer > patience && longer < deadline + LongestEnd ? longer : patience;
            return elapsed > patience ? null : Pause;
        }
    }

    private async Task<HostState?> AskOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await run.Sessions.UseAsync(host, session => session.InspectAsync([], cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (HostException)
        {
            return null;
        }
    }

    /// <summary>A record with what its host ran when it was asked.</summary>
    public static TransactionState AsSeen(TransactionState state, HostState seen) =>
        state with { CurrentSystem = seen.CurrentSystem, BootedSystem = seen.BootedSystem, Generation = seen.Generation };
}
