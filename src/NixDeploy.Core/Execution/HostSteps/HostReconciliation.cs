using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Planning;
using NixDeploy.Scheduling;

namespace NixDeploy.Execution.HostSteps;

/// <summary>
/// Carries out what the reconciler says is next for a host, until the host holds a milestone or has ended. What it remembers between steps is
/// what the host said last, which a new process asks for again.
/// </summary>
internal sealed class HostReconciliation(RunContext run, HostPlan plan, HostLink link, TransactionDriver driver, HostPreparation preparation, Func<HostProgress> progress)
{
    private readonly PostActivationCheck check = new(run, plan, link);
    private readonly HostReboot reboot = new(run, plan, link, driver.Locking);
    private TransactionState? record;
    private ActivationResult? result;
    private Problem? seen;

    private bool IsRollback => progress() is { Status: HostStatus.RollingBack } now && HostReconciler.IsCommitted(plan, now, record);

    /// <summary>Forgets what the host said, which may have changed since.</summary>
    public void Forget() => (record, result, seen) = (null, null, null);

    /// <summary>Works until the host holds the milestone or has ended.</summary>
    /// <param name="to">The milestone.</param>
    /// <param name="holding">Called before the host is reported as healthy when it then waits for others.</param>
    /// <param name="cancellationToken">Cancels the work; the host's guard decides.</param>
    public async Task RunAsync(Milestone to, Func<Task> holding, CancellationToken cancellationToken)
    {
        while (!(progress().Reached >= to) && HostReconciler.Next(plan, progress(), record, to) is not NextStep.Nothing and var step)
        {
            if (!await PerformAsync(step, to, holding, cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private Task<bool> PerformAsync(NextStep step, Milestone to, Func<Task> holding, CancellationToken cancellationToken) => step switch
    {
        NextStep.Prepare => preparation.RunAsync(waits: false, cancellationToken),
        NextStep.DryActivate => TellAsync(preparation.DryActivateAsync(cancellationToken)),
        NextStep.Activate s => BeginAsync(s.System, IsRollback ? ActivationMode.Switch : plan.Mode, cancellationToken),
        NextStep.Install s => BeginAsync(s.System, ActivationMode.Boot, cancellationToken),
        NextStep.Ask => AskAsync(cancellationToken),
        NextStep.Verify => VerifyAsync(to, holding, cancellationToken),
        NextStep.Submit s => SubmitAsync(s.Verdict, cancellationToken),
        NextStep.Reboot s => IsRollback ? RebootBackAsync(s.System, cancellationToken) : TellAsync(reboot.RunAsync(record?.Generation, cancellationToken)),
        NextStep.AwaitReboot => TellAsync(reboot.ResumeAsync(progress(), cancellationToken)),
        NextStep.Fail s => TellAsync(Failed(HostOutcomes.ProblemOf(s.Reason, plan, record!, result, seen))),
        NextStep.BeginRollback => TellAsync(new RollbackStarted(plan.Host, progress().Problem?.Message ?? "It has failed.")),
        NextStep.End s => EndAsync(s.Outcome, cancellationToken),
        _ => throw new InvalidOperationException($"There is no work for {step}."),
    };

    /// <summary>Begins a transaction: the first one of a deployment under the lock that the host was prepared with, every other under its own.</summary>
    private async Task<bool> BeginAsync(StorePath system, ActivationMode mode, CancellationToken cancellationToken)
    {
        var back = IsRollback;
        var ownLock = back || mode != plan.Mode;
        try
        {
            if (back && record is { Reason: not TransactionReason.NeverBegun } before && before.Target == system)
            {
                await run.Emit(new RollbackStarted(plan.Host, "The guard ended the rollback before its verdict came.")).ConfigureAwait(false);
            }

            if (ownLock)
            {
                await driver.AcquireAsync(system, back ? progress() : null, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (HostException e)
        {
            return await NotBegunAsync(e.ToProblem()).ConfigureAwait(false);
        }

        if (!ownLock && !await preparation.EnsureAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        if (progress().Status is HostStatus.Copying or HostStatus.Testing)
        {
            await run.Emit(new ActivationStarted(plan.Host, plan.From, plan.To) { Mode = plan.Mode }).ConfigureAwait(false);
        }

        var answer = await driver.ActivateAsync(system, mode, back ? plan.From.Generation : plan.Generation, back, cancellationToken).ConfigureAwait(false);
        switch (answer)
        {
            case TransactionAnswer.Refused refused:
                return await NotBegunAsync(refused.Problem, release: true).ConfigureAwait(false);
            case TransactionAnswer.Recorded { State.Reason: TransactionReason.NeverBegun, Broken: var broken } when back:
                return await NotBegunAsync(broken ?? HostProblems.Interrupted(plan), release: true).ConfigureAwait(false);
            case TransactionAnswer.Recorded { State: { Reason: TransactionReason.NeverBegun } state, Broken: var broken }:
                record = state;
                return await TellAsync(Failed(broken ?? HostProblems.Interrupted(plan))).ConfigureAwait(false);
            default:
                return await TakeInAsync(answer).ConfigureAwait(false);
        }
    }

    private async Task<bool> NotBegunAsync(Problem problem, bool release = false)
    {
        if (release)
        {
            await driver.Locking.ReleaseAsync(driver.Transaction!, CancellationToken.None).ConfigureAwait(false);
        }

        return await TellAsync(problem.Code == HostProblems.ChangedCode ? new RollbackFailed(plan.Host, problem, Unknown: false)
            : IsRollback ? RollbackFailed(problem.Message)
            : new HostFailed(plan.Host, problem, Activated: false)).ConfigureAwait(false);
    }

    private async Task<bool> AskAsync(CancellationToken cancellationToken) =>
        await TakeInAsync(await driver.AskAsync(seen, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    private async Task<bool> VerifyAsync(Milestone to, Func<Task> holding, CancellationToken cancellationToken)
    {
        if (HostReconciler.WasRebooted(progress()))
        {
            var (healthy, _) = await check.WatchAsync(null, null, null, cancellationToken).ConfigureAwait(false);
            return await TellAsync(healthy.Problem is { } ill ? Failed(ill) : new HostCommitted(plan.Host, progress().Generation)).ConfigureAwait(false);
        }

        if (progress().Status == HostStatus.Activating)
        {
            await run.Emit(new HostActivated(plan.Host) { Tolerated = record?.Tolerated ?? [] }).ConfigureAwait(false);
        }

        var left = record?.Remaining < driver.GuardLeft ? record.Remaining : driver.GuardLeft;
        var (verdict, decided) = await check.WatchTrialAsync(driver.Transaction!, left, record?.BeganAt, cancellationToken).ConfigureAwait(false);
        record = decided ?? record;
        if (verdict.Problem is { } problem)
        {
            return await TellAsync(Failed(problem)).ConfigureAwait(false);
        }

        if (to == Milestone.Healthy)
        {
            await holding().ConfigureAwait(false);
        }

        return await TellAsync(new HostHealthy(plan.Host)).ConfigureAwait(false);
    }

    private async Task<bool> SubmitAsync(Verdict verdict, CancellationToken cancellationToken)
    {
        if (verdict != Verdict.RollBack && progress().Status == HostStatus.Verifying && plan.Guard is not null && run.Halted.IsCancellationRequested)
        {
            return await TellAsync(new RollbackStarted(plan.Host, "The run is rolled back.")).ConfigureAwait(false);
        }

        if (verdict != Verdict.RollBack && progress().Status is not (HostStatus.Committing or HostStatus.RollingBack))
        {
            await run.Emit(verdict == Verdict.Keep ? new KeepStarted(plan.Host) : new CommitStarted(plan.Host)).ConfigureAwait(false);
        }

        switch (await driver.SubmitAsync(verdict, cancellationToken).ConfigureAwait(false))
        {
            case TransactionAnswer.Refused refused when IsRollback:
                seen = refused.Problem;
                return await SubmitAsync(Verdict.RollBack, cancellationToken).ConfigureAwait(false);
            case TransactionAnswer.Refused refused:
                return await TellAsync(Failed(refused.Problem)).ConfigureAwait(false);
            case TransactionAnswer.Recorded { State: var state }:
                record = state;
                return state.Done || await EndUnfinishedAsync(state).ConfigureAwait(false);
            case var answer:
                return await TakeInAsync(answer).ConfigureAwait(false);
        }
    }

    /// <summary>The guard did not come to an end for as long as it was listened to.</summary>
    private async Task<bool> EndUnfinishedAsync(TransactionState state)
    {
        if (progress().Status == HostStatus.Committing)
        {
            await run.Emit(Failed(HostProblems.NotCommitted(plan, state))).ConfigureAwait(false);
        }

        return await EndAsync(new HostOutcome.RollbackFailed(IsRollback ? RollbackFailure.NewSystemStays : RollbackFailure.Incomplete), CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<bool> RebootBackAsync(StorePath old, CancellationToken cancellationToken)
    {
        var problem = await reboot.IntoAsync(old, cancellationToken).ConfigureAwait(false);
        return await TellAsync(problem is null ? new HostRolledBack(plan.Host, old, plan.From.Generation, ByGuard: false) : RollbackFailed(problem.Message)).ConfigureAwait(false);
    }

    private async Task<bool> EndAsync(HostOutcome outcome, CancellationToken cancellationToken)
    {
        if (driver.Transaction is { } transaction
            && (outcome is HostOutcome.NeedsReboot || record is { Reason: TransactionReason.NeverBegun } or { Phase: TransactionPhase.RevertedByReboot }))
        {
            // No guard was started, or none outlived the boot, that would release the lock.
            await driver.Locking.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false);
        }

        return await TellAsync(outcome is HostOutcome.RollbackFailed && IsRollback
            ? RollbackFailed(seen?.Message ?? HostOutcomes.WhyNotRolledBack(plan, record, result))
            : HostOutcomes.Of(plan, outcome, record)).ConfigureAwait(false);
    }

    /// <summary>Takes in what the host said, or that it does not answer.</summary>
    private async Task<bool> TakeInAsync(TransactionAnswer answer)
    {
        if (answer is TransactionAnswer.Recorded recorded)
        {
            (record, result, seen) = (recorded.State, recorded.Result, recorded.Broken);
            return true;
        }

        var problem = ((TransactionAnswer.Unreachable)answer).Problem;
        if (IsRollback)
        {
            return await TellAsync(HostReconciler.WasRebooted(progress())
                ? RollbackFailed(problem.Message)
                : new RollbackFailed(plan.Host, HostProblems.LostDuringRollback(plan), Unknown: true)).ConfigureAwait(false);
        }

        if (progress().Status is not (HostStatus.Failed or HostStatus.RollingBack))
        {
            await run.Emit(Failed(problem)).ConfigureAwait(false);
        }

        return await TellAsync(new RollbackFailed(plan.Host, HostProblems.Lost(plan), Unknown: true)).ConfigureAwait(false);
    }

    private HostFailed Failed(Problem problem) => new(plan.Host, problem, Activated: true) { System = record?.CurrentSystem };

    private RollbackFailed RollbackFailed(string why) => new(
        plan.Host,
        HostReconciler.WasRebooted(progress()) ? HostProblems.RebootRollbackFailed(plan, why) : HostProblems.NotRolledBack(plan, why),
        Unknown: false)
    { System = record?.CurrentSystem, Generation = record?.Generation };

    private async Task<bool> TellAsync(Task<HostEvent?> happening) =>
        await happening.ConfigureAwait(false) is { } happened && await TellAsync(happened).ConfigureAwait(false);

    private async Task<bool> TellAsync(HostEvent happened)
    {
        await run.Emit(happened).ConfigureAwait(false);
        return true;
    }
}
