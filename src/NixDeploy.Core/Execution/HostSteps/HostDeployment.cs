using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Planning;
using NixDeploy.Scheduling;

namespace NixDeploy.Execution.HostSteps;

/// <summary>
/// One host's work in a run, as the scheduler decides it. Where the host stands is folded from its events, those of earlier processes too, so
/// that a new process continues any of it.
/// </summary>
internal sealed class HostDeployment : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly RunContext run;
    private readonly HostPlan plan;
    private readonly HostLink link;
    private readonly TransactionDriver driver;
    private readonly HostPreparation preparation;
    private readonly HostReconciliation reconciliation;
    private HostProgress progress;
    private SideTask? renewal;
    private bool mayHoldLock;

    public HostDeployment(RunContext run, HostPlan plan)
    {
        (this.run, this.plan) = (run, plan);
        progress = new HostProgress(plan.Host, HostStatus.Pending, plan.From);
        link = new HostLink(run.Sessions, plan.Described);
        driver = new TransactionDriver(run, plan, link);
        preparation = new HostPreparation(run, plan, link, driver);
        reconciliation = new HostReconciliation(run, plan, link, driver, preparation, () => progress);
    }

    /// <summary>What is to happen to the host.</summary>
    public HostPlan Plan => plan;

    private bool IsOnTrial => progress.Status is HostStatus.Activating or HostStatus.Verifying or HostStatus.Committing && !HostReconciler.WasRebooted(progress);

    /// <summary>Whether the log says that nothing on it was activated.</summary>
    private bool IsUntouched => progress.Status is HostStatus.Pending or HostStatus.Building or HostStatus.Copying or HostStatus.Testing;

    private bool IsHeld => progress is { Reached: Milestone.Healthy, Status: HostStatus.Verifying };

    /// <summary>Continues from what the log says; the guard of a host that waits for others is renewed again from now on.</summary>
    public void Resume(HostProgress recorded)
    {
        progress = recorded;
        mayHoldLock = recorded is { Status: HostStatus.Copying, Fence: null };
        if (IsHeld && recorded.Fence is { } fence)
        {
            driver.Transaction = new Transaction(run.Run, fence);
            Hold();
        }
    }

    /// <summary>Takes in an event of this host, right when it is recorded.</summary>
    public void Observe(HostEvent happened)
    {
        lock (gate)
        {
            progress = Reducer.Apply(progress, happened, run.Time.GetUtcNow());
        }
    }

    /// <summary>Takes the host's lock, roots both systems, and copies what the host lacks.</summary>
    /// <param name="waits">Whether the host then waits for others, without a connection.</param>
    /// <param name="cancellationToken">Cancels the work; hosts in flight are left to their guards.</param>
    public async Task PrepareAsync(bool waits, CancellationToken cancellationToken)
    {
        // A host that an earlier process left further on is not prepared again.
        if (HostReconciler.Next(plan, progress, record: null) is not NextStep.Prepare)
        {
            await ContinueAsync(Milestone.Committed, cancellationToken).ConfigureAwait(false);
        }
        else if (!await preparation.RunAsync(waits, cancellationToken).ConfigureAwait(false))
        {
            await CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Brings a prepared or healthy host further, up to the milestone.</summary>
    public async Task ActivateAsync(Milestone to, CancellationToken cancellationToken)
    {
        await StopRenewingAsync().ConfigureAwait(false);
        await ContinueAsync(to, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rolls back a host, committed or on trial.</summary>
    public async Task RollBackAsync(string reason, CancellationToken cancellationToken)
    {
        if (progress.Status != HostStatus.RollingBack)
        {
            await run.Emit(new RollbackStarted(plan.Host, reason)).ConfigureAwait(false);
        }

        if (plan.Reboot is not null)
        {
            // Somebody may have booted it into the new system since: then only another reboot rolls it back.
            reconciliation.Forget();
        }

        await ContinueAsync(Milestone.Committed, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The host does not go on: what it holds is released or rolled back, then its end is recorded.</summary>
    /// <param name="end">The end of a host that runs what it ran before.</param>
    /// <param name="cancellationToken">Cancels the work; the host is left to its guard.</param>
    public async Task AbandonAsync(HostEvent end, CancellationToken cancellationToken)
    {
        await StopRenewingAsync().ConfigureAwait(false);
        if (IsUntouched)
        {
            await ReleaseAsync(cancellationToken).ConfigureAwait(false);
            await run.Emit(end).ConfigureAwait(false);
            await CloseAsync().ConfigureAwait(false);
        }
        else if (IsOnTrial && plan.AutoRollback)
        {
            await RollBackAsync(end is HostCancelled cancelled ? cancelled.Reason.ToString() : "It does not go on.", cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ContinueAsync(Milestone.Committed, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Records that the host failed, and sees to it that its old system runs.</summary>
    public async Task FailAsync(Problem problem, CancellationToken cancellationToken)
    {
        if (IsUntouched)
        {
            var isUnreachable = plan.Unreachable != UnreachablePolicy.Fail && HostException.MeansUnreachable(problem.Code);
            await run.Emit(isUnreachable
                ? new HostUnreachable(plan.Host, problem, plan.Unreachable == UnreachablePolicy.Defer, Because: null)
                : new HostFailed(plan.Host, problem, Activated: false)).ConfigureAwait(false);
            await CloseAsync().ConfigureAwait(false);
            await ReleaseAsync(cancellationToken).ConfigureAwait(false);
            await CloseAsync().ConfigureAwait(false);
        }
        else if (progress.Status is HostStatus.Failed or HostStatus.RollingBack)
        {
            await run.Emit(new RollbackFailed(plan.Host, problem, Unknown: true)).ConfigureAwait(false);
            await CloseAsync().ConfigureAwait(false);
        }
        else if (!progress.Ended)
        {
            await run.Emit(new HostFailed(plan.Host, problem, Activated: true)).ConfigureAwait(false);
            reconciliation.Forget();
            await ContinueAsync(Milestone.Committed, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task CloseAsync() => link.CloseAsync();

    /// <summary>Leaves the host as it is: its guard decides.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopRenewingAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
    }

    private async Task ContinueAsync(Milestone to, CancellationToken cancellationToken)
    {
        await reconciliation.RunAsync(to, HoldAsync, cancellationToken).ConfigureAwait(false);
        if (!IsHeld)
        {
            await CloseAsync().ConfigureAwait(false);
        }
    }

    private async Task HoldAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        Hold();
    }

    private void Hold() => renewal = plan.Guard is { } guard ? GuardRenewal.Begin(run, plan.Described, driver.Transaction!, guard) : null;

    /// <summary>Releases the lock that this process took, or that an earlier one did.</summary>
    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (mayHoldLock && driver.Transaction is null)
        {
            // The process that took it ended before it recorded so.
            await preparation.FindLockAsync(cancellationToken).ConfigureAwait(false);
        }

        if ((driver.Transaction ?? (progress.Fence is { } fence ? new Transaction(run.Run, fence) : null)) is { } transaction)
        {
            await driver.Locking.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task StopRenewingAsync()
    {
        if (renewal is { } running)
        {
            renewal = null;
            await running.DisposeAsync().ConfigureAwait(false);
        }
    }
}
