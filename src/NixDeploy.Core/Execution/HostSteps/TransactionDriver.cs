using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Planning;
using NixDeploy.Scheduling;

namespace NixDeploy.Execution.HostSteps;

/// <summary>What a host answered to a step of a transaction.</summary>
internal abstract record TransactionAnswer
{
    private TransactionAnswer()
    {
    }

    /// <summary>Where the transaction stands.</summary>
    /// <param name="State">The host's record.</param>
    /// <param name="Result">How the activation ended, where this process heard it.</param>
    /// <param name="Broken">The error that broke the connection meanwhile; <see langword="null"/>: none did.</param>
    public sealed record Recorded(TransactionState State, ActivationResult? Result = null, Problem? Broken = null) : TransactionAnswer;

    /// <summary>The host did nothing, and said why.</summary>
    public sealed record Refused(Problem Problem) : TransactionAnswer;

    /// <summary>The host does not answer: what becomes of the transaction is not known.</summary>
    public sealed record Unreachable(Problem Problem) : TransactionAnswer;
}

/// <summary>
/// Drives a host's transactions: lock, activation, verdict, and what became of it when the connection broke. The same for deployments,
/// rollbacks, and what is only made the boot default.
/// </summary>
internal sealed class TransactionDriver(RunContext run, HostPlan plan, HostLink link)
{
    private readonly TransactionRecovery recovery = new(run, plan.Described);
    private long begun = run.Time.GetTimestamp();

    /// <summary>Takes and releases the host's lock.</summary>
    public HostLocking Locking { get; } = new(run, plan, link);

    /// <summary>The holding of the lock that the next step works under; <see langword="null"/>: none that this process knows of.</summary>
    public Transaction? Transaction { get; set; }

    /// <summary>How long the guard still waits, from the moment at which this process began the activation; <see langword="null"/>: nothing is guarded.</summary>
    public TimeSpan? GuardLeft => plan.Guard - run.Time.GetElapsedTime(begun);

    /// <summary>Takes a new lock for a transaction of its own.</summary>
    /// <param name="system">The system that it is for.</param>
    /// <param name="committed">What this run has committed and the transaction is to roll back; <see langword="null"/>: it is no rollback.</param>
    /// <param name="cancellationToken">Cancels the operation; the lock may be taken all the same.</param>
    /// <exception cref="HostException">Another run holds it, the host cannot be asked, or somebody else has changed what is to be rolled back.</exception>
    public async Task AcquireAsync(StorePath system, HostProgress? committed, CancellationToken cancellationToken)
    {
        var prepared = await Locking.HoldAsync(system, cancellationToken).ConfigureAwait(false);
        Transaction = prepared.Transaction;
        if (committed is not null && HostProblems.ChangedSince(plan, committed, prepared.Running) is { } problem)
        {
            await Locking.ReleaseAsync(Transaction!, cancellationToken).ConfigureAwait(false);
            throw new HostException(problem.Code, problem.Message);
        }
    }

    /// <summary>Begins the transaction; once more when the connection broke before the host heard of it.</summary>
    public async Task<TransactionAnswer> ActivateAsync(StorePath system, ActivationMode mode, int? generation, bool isRollback, CancellationToken cancellationToken)
    {
        var request = new ActivationRequest(Transaction!, system, plan.Described.Target.Profile)
        {
            Mode = mode,
            Guard = mode == ActivationMode.Boot ? null : plan.Guard,
            GuardReboot = plan.GuardReboot,
            Generation = generation,
            IsRollback = isRollback || plan.Generation is not null,
            MayFail = [.. plan.Described.MayFail.Select(UnitName.Pattern)],
        };
        var answer = await AttemptAsync().ConfigureAwait(false);
        return answer is TransactionAnswer.Recorded { State.Reason: TransactionReason.NeverBegun } ? await AttemptAsync().ConfigureAwait(false) : answer;

        Task<TransactionAnswer> AttemptAsync()
        {
            begun = run.Time.GetTimestamp();
            return CarryOutAsync(
                async open =>
                {
                    var result = await open.ActivateAsync(request, cancellationToken).ConfigureAwait(false);
                    run.Log(plan.Host, result.Output);
                    return result.Record is { } record ? new TransactionAnswer.Recorded(record, result) : await AskAsync(broken: null, cancellationToken).ConfigureAwait(false);
                },
                broken => AskAsync(broken, cancellationToken), cancellationToken);
        }
    }

    /// <summary>Submits a verdict, again when the connection broke and the guard may not have heard of it.</summary>
    public Task<TransactionAnswer> SubmitAsync(Verdict verdict, CancellationToken cancellationToken)
    {
        return CarryOutAsync(SubmitOverAsync, AgainAsync, cancellationToken, refusals: verdict != Verdict.RollBack);

        async Task<TransactionAnswer> SubmitOverAsync(IHostSession session) => new TransactionAnswer.Recorded(await (verdict switch
        {
            Verdict.Commit => session.CommitAsync(Transaction!, cancellationToken),
            Verdict.Keep => session.KeepAsync(Transaction!, cancellationToken),
            _ => session.RollBackAsync(Transaction!, cancellationToken),
        }).ConfigureAwait(false));

        // A verdict changes nothing when the guard is done, but lets the host clean up behind a boot that ended the transaction.
        async Task<TransactionAnswer> AgainAsync(Problem broken)
        {
            var guardLeft = plan.Guard ?? TimeSpan.Zero;
            var state = await recovery.UntilAsync(Transaction, MayHear, guardLeft, cancellationToken).ConfigureAwait(false);
            if (state is not null and not { Reason: TransactionReason.NeverBegun })
            {
                try
                {
                    return await SubmitOverAsync(await link.ReconnectAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
                }
                catch (HostException)
                {
                    await link.CloseAsync().ConfigureAwait(false);
                    state = await recovery.UntilAsync(Transaction, s => s.Done, guardLeft, cancellationToken).ConfigureAwait(false);
                }
            }

            return Answer(state, broken);
        }

        bool MayHear(TransactionState state) =>
            verdict == Verdict.RollBack || state.Done || state.Phase is TransactionPhase.OnTrial or TransactionPhase.HalfCommitted;
    }

    /// <summary>Asks where the transaction stands, until its activation has ended; a process that did not begin it finds the run's last one.</summary>
    /// <param name="broken">The error that broke the connection; <see langword="null"/>: none did.</param>
    /// <param name="cancellationToken">Cancels the asking; the host's guard decides.</param>
    public async Task<TransactionAnswer> AskAsync(Problem? broken, CancellationToken cancellationToken)
    {
        var state = await recovery.UntilActivatedAsync(Transaction, GuardLeft ?? TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        if (state is { Reason: not TransactionReason.NeverBegun })
        {
            Transaction = state.Transaction;
        }

        return Answer(state, broken);
    }

    private TransactionAnswer Answer(TransactionState? state, Problem? broken) => state is null
        ? new TransactionAnswer.Unreachable(broken ?? HostProblems.DoesNotAnswer(plan))
        : new TransactionAnswer.Recorded(state, null, broken);

    /// <summary>The one ladder: an answer, a refusal, or a connection that broke.</summary>
    private async Task<TransactionAnswer> CarryOutAsync(
        Func<IHostSession, Task<TransactionAnswer>> ask, Func<Problem, Task<TransactionAnswer>> recover, CancellationToken cancellationToken, bool refusals = true)
    {
        try
        {
            return await ask(await link.OpenAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (HostException e) when (e.IsRefusal && refusals)
        {
            return new TransactionAnswer.Refused(e.ToProblem());
        }
        catch (HostException e)
        {
            await link.CloseAsync().ConfigureAwait(false);
            return await recover(e.ToProblem()).ConfigureAwait(false);
        }
    }
}
