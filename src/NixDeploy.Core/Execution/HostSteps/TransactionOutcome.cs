using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>How a transaction ends on one host: brought back, judged by the host's record, lost, or given up untouched.</summary>
internal sealed class TransactionOutcome(RunContext run, HostPlan plan, HostLink link)
{
    private readonly Host host = plan.Described;

    /// <summary>Asks about a transaction whose connection broke.</summary>
    public TransactionRecovery Recovery { get; } = new(run, plan.Described);

    /// <summary>The host failed after it was touched: its old system is brought back.</summary>
    public async Task RollBackAsync(Transaction transaction, Problem problem, CancellationToken cancellationToken)
    {
        await run.Emit(new HostFailed(plan.Host, problem, Activated: true)).ConfigureAwait(false);
        await RollBackAsync(transaction, problem.Message, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The host's old system is brought back, for a reason that need not be its own failure.</summary>
    public async Task RollBackAsync(Transaction transaction, string reason, CancellationToken cancellationToken)
    {
        if (plan.AutoRollback)
        {
            await run.Emit(new RollbackStarted(plan.Host, reason)).ConfigureAwait(false);
        }

        TransactionState? state;
        try
        {
            var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
            state = await open.RollBackAsync(transaction, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException)
        {
            await link.LeaveAsync().ConfigureAwait(false);
            state = await Recovery.RollBackAsync(transaction, plan.Guard ?? TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        }

        await EndRestoreAsync(state, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Turns what the host's record says at the end of a transaction into events.</summary>
    /// <param name="state">What the record says.</param>
    /// <param name="otherwise">What went wrong, when it neither says committed nor kept.</param>
    /// <param name="rebootNeeded">Whether a reboot completes the new system.</param>
    /// <param name="cancellationToken">Leaves at once.</param>
    public async Task JudgeAsync(TransactionState state, Problem otherwise, bool rebootNeeded, CancellationToken cancellationToken)
    {
        switch (state.Phase)
        {
            case TransactionPhase.Committed:
                await run.Emit(new HostCommitted(plan.Host, state.Generation) { AtNextBoot = state.CurrentSystem != plan.To, RebootNeeded = rebootNeeded }).ConfigureAwait(false);
                return;
            case TransactionPhase.Kept:
                await run.Emit(new HostKept(plan.Host)).ConfigureAwait(false);
                return;
            default:
                break;
        }

        await run.Emit(new HostFailed(plan.Host, otherwise, Activated: true)).ConfigureAwait(false);
        await EndRestoreAsync(state, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The host does not come back to be asked: what became of it is not known.</summary>
    public async Task LoseAsync(Problem problem)
    {
        await run.Emit(new HostFailed(plan.Host, problem, Activated: true)).ConfigureAwait(false);
        await EndRestoreAsync(null, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Gives the lock back; when the host cannot be asked any more, its lock shows our run and is void at the next boot.</summary>
    public async Task ReleaseAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        if (await link.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false) is { } why)
        {
            run.Log(plan.Host, $"The lock could not be given back: {why}");
        }
    }

    private async Task EndRestoreAsync(TransactionState? state, CancellationToken cancellationToken)
    {
        if (state is { Reason: TransactionRecovery.NeverBegunReason } or { Phase: TransactionPhase.RevertedByReboot })
        {
            // No guard was started, or none outlived the boot, that would clean up behind it.
            await ReleaseAsync(state.Transaction, cancellationToken).ConfigureAwait(false);
        }

        DeploymentEvent end = state switch
        {
            null => new RollbackFailed(plan.Host, HostProblems.Lost(plan, host), Unknown: true),
            { Phase: TransactionPhase.RolledBack or TransactionPhase.RevertedByReboot } when state.CurrentSystem == plan.To && plan.From.System != plan.To =>
                new RollbackFailed(plan.Host, HostProblems.NotRolledBack(plan, host, "another run had deployed it before this one came to the host, so this one has nothing to bring back."), Unknown: false),
            { Phase: TransactionPhase.RolledBack or TransactionPhase.RevertedByReboot } =>
                new HostRolledBack(plan.Host, state.CurrentSystem, state.Generation, state.ByGuard)
                {
                    ByReboot = state is { Phase: TransactionPhase.RevertedByReboot, Reason: not "guard-reboot" },
                },
            { Phase: TransactionPhase.Committed or TransactionPhase.Kept, Reason: "no-guard" } =>
                new RollbackFailed(plan.Host, HostProblems.LeftAlone(plan, host), Unknown: false) { Left = true },
            _ => new RollbackFailed(plan.Host, HostProblems.RollbackIncomplete(plan, host, state), Unknown: false),
        };
        await run.Emit(end).ConfigureAwait(false);
    }
}
