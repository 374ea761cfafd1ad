using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Hosts;
using NixDeploy.Planning;

namespace NixDeploy.Execution;

/// <summary>Brings one host from milestone to milestone: prepare and copy, try and verify, commit; and back when that fails.</summary>
internal sealed class HostDeployment : IAsyncDisposable
{
    private readonly RunContext run;
    private readonly HostPlan plan;
    private readonly Host host;
    private readonly HostLink link;
    private readonly HostEnding ending;
    private Transaction? transaction;
    private Milestone? reached;
    private bool touched;
    private GuardRenewal? renewal;

    public HostDeployment(RunContext run, HostPlan plan)
    {
        (this.run, this.plan, host) = (run, plan, run.Fleet.Hosts[plan.Host]);
        link = new HostLink(run.Sessions, host);
        ending = new HostEnding(run, plan, link);
    }

    /// <summary>What is to happen to the host.</summary>
    public HostPlan Plan => plan;

    /// <summary>Takes the host's lock, roots both systems, and copies what the host lacks.</summary>
    /// <param name="waits">Whether the host then waits for others, without a connection.</param>
    /// <param name="cancellationToken">Leaves at once.</param>
    /// <returns>Whether the host goes on from here.</returns>
    public async Task<bool> PrepareAsync(bool waits, CancellationToken cancellationToken)
    {
        var store = run.StoreOf(host);
        ImmutableArray<StorePath> closure = plan.Generation is null ? await store.ClosureAsync(plan.To, cancellationToken).ConfigureAwait(false) : [];
        await run.Emit(new CopyStarted(plan.Host)).ConfigureAwait(false);
        var prepared = await LockAsync(closure, cancellationToken).ConfigureAwait(false);
        if (prepared.Transaction is null)
        {
            await BlockAsync(HostProblems.Locked(plan.Host, prepared.HeldBy, run.Time.GetUtcNow())).ConfigureAwait(false);
            return false;
        }

        transaction = prepared.Transaction;
        if (prepared.Running.System != plan.From.System)
        {
            await ending.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false);
            await BlockAsync(HostProblems.MovedOn(plan, prepared.Running)).ConfigureAwait(false);
            return false;
        }

        var bytes = 0L;
        if (prepared.Missing.Length > 0)
        {
            var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
            await open.ImportAsync(
                async (destination, token) =>
                {
                    var counting = new CountingStream(destination);
                    await using (counting.ConfigureAwait(false))
                    {
                        await store.ExportAsync(prepared.Missing, counting, token).ConfigureAwait(false);
                        bytes = counting.Written;
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }

        if (waits)
        {
            await LeaveAsync().ConfigureAwait(false);
        }

        await run.Emit(new HostCopied(plan.Host, prepared.Missing.Length, bytes, transaction.Fence)).ConfigureAwait(false);
        return true;
    }

    /// <summary>Brings a prepared or healthy host further, up to the milestone.</summary>
    public async Task ActivateAsync(Milestone to, CancellationToken cancellationToken)
    {
        if (reached != Milestone.Healthy && !await TryAndVerifyAsync(to == Milestone.Healthy, cancellationToken).ConfigureAwait(false))
        {
            await LeaveAsync().ConfigureAwait(false);
        }
        else if (to == Milestone.Committed)
        {
            await StopRenewingAsync().ConfigureAwait(false);
            await CommitAsync(cancellationToken).ConfigureAwait(false);
            await LeaveAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The host does not go on: what it holds is given back, then its end is told.</summary>
    /// <param name="end">The end of a host that runs what it ran before.</param>
    /// <param name="cancellationToken">Leaves at once.</param>
    public async Task GiveUpAsync(HostEvent end, CancellationToken cancellationToken)
    {
        await StopRenewingAsync().ConfigureAwait(false);
        if (reached == Milestone.Healthy)
        {
            var why = end is HostCancelled cancelled ? cancelled.Reason : "It does not go on.";
            await ending.RestoreAsync(transaction!, why, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ReleaseAsync(cancellationToken).ConfigureAwait(false);
            await run.Emit(end).ConfigureAwait(false);
        }

        await LeaveAsync().ConfigureAwait(false);
    }

    /// <summary>Writes down that the host failed, and sees to it that its old system runs.</summary>
    public async Task FailAsync(Problem problem, CancellationToken cancellationToken)
    {
        if (touched)
        {
            await ending.RestoreAsync(transaction!, problem, cancellationToken).ConfigureAwait(false);
            return;
        }

        await run.Emit(new HostFailed(plan.Host, problem, Touched: false)).ConfigureAwait(false);
        await LeaveAsync().ConfigureAwait(false);
        await ReleaseAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the connection.</summary>
    public Task LeaveAsync() => link.LeaveAsync();

    /// <summary>Leaves the host as it is: its guard decides.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopRenewingAsync().ConfigureAwait(false);
        await LeaveAsync().ConfigureAwait(false);
    }

    /// <summary>The connection of the planning may have died since: then once more over a new one.</summary>
    private async Task<PrepareResult> LockAsync(ImmutableArray<StorePath> closure, CancellationToken cancellationToken)
    {
        var request = new PrepareRequest(run.Run, run.Controller, plan.To, host.Target.Profile);
        var locking = new HostLocking(run, plan.Host, run.Locks);
        var session = await link.TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await locking.TakeAsync(session, request, closure, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException)
        {
            session = await link.FreshAsync(cancellationToken).ConfigureAwait(false);
            return await locking.TakeAsync(session, request, closure, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryAndVerifyAsync(bool holds, CancellationToken cancellationToken)
    {
        await run.Emit(new TryStarted(plan.Host, plan.From, plan.To)).ConfigureAwait(false);
        touched = true;
        var before = run.Time.GetTimestamp();
        TryResult tried;
        try
        {
            var request = new TryRequest(transaction!, plan.To, host.Target.Profile)
            {
                Guard = plan.Guard,
                GuardReboot = run.Fleet.Settings.GuardReboot,
                Generation = plan.Generation,
            };
            var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
            tried = await open.TryAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (e.IsRefusal)
        {
            touched = false;
            throw;
        }
        catch (HostException e)
        {
            var left = (plan.Guard ?? TimeSpan.Zero) - run.Time.GetElapsedTime(before);
            return await GoOnFromRecordAsync(e, left, holds, cancellationToken).ConfigureAwait(false);
        }

        run.Log(plan.Host, tried.Output);
        if (tried.Outcome == TryOutcome.NeedsReboot)
        {
            await run.Emit(new HostNeedsReboot(plan.Host, plan.From.Generation, HostProblems.NeedsReboot(plan))).ConfigureAwait(false);
            await ReleaseAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }

        if (tried.Outcome != TryOutcome.Activated)
        {
            await ending.RestoreAsync(transaction!, HostProblems.Activation(plan, tried), cancellationToken).ConfigureAwait(false);
            return false;
        }

        return await VerifyAsync(holds, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Watches the host over a fresh connection, which also proves that the new system lets us in.</summary>
    private async Task<bool> VerifyAsync(bool holds, CancellationToken cancellationToken)
    {
        await run.Emit(new HostTried(plan.Host)).ConfigureAwait(false);
        var (verdict, ended) = await new TriedWatch(run, plan, host, link).WatchAsync(transaction!, cancellationToken).ConfigureAwait(false);
        if (ended is not null)
        {
            await ending.JudgeAsync(ended, HostProblems.WentBack(plan), cancellationToken).ConfigureAwait(false);
            return false;
        }

        if (!verdict!.Healthy)
        {
            await ending.RestoreAsync(transaction!, verdict.Problem!, cancellationToken).ConfigureAwait(false);
            return false;
        }

        reached = Milestone.Healthy;
        if (holds)
        {
            // Before it is told: whoever hears of it may go on at once.
            await LeaveAsync().ConfigureAwait(false);
            renewal = plan.Guard is { } guard ? new GuardRenewal(run, host, transaction!, guard) : null;
        }

        await run.Emit(new HostHealthy(plan.Host)).ConfigureAwait(false);
        return true;
    }

    private async Task CommitAsync(CancellationToken cancellationToken)
    {
        await run.Emit(new CommitStarted(plan.Host)).ConfigureAwait(false);
        TransactionState state;
        try
        {
            var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
            state = await open.CommitAsync(transaction!, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (e.IsRefusal)
        {
            await ending.RestoreAsync(transaction!, e.ToProblem(), cancellationToken).ConfigureAwait(false);
            return;
        }
        catch (HostException e)
        {
            await LeaveAsync().ConfigureAwait(false);
            var asked = await ending.Recovery.CommitAsync(transaction!, plan.Guard ?? TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            if (asked is null)
            {
                await ending.LoseAsync(e.ToProblem()).ConfigureAwait(false);
                return;
            }

            state = asked;
        }

        await ending.JudgeAsync(state, HostProblems.NotCommitted(plan, state), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The connection broke while the host was activating: what the guard wrote down decides.</summary>
    private async Task<bool> GoOnFromRecordAsync(HostException broken, TimeSpan guardLeft, bool holds, CancellationToken cancellationToken)
    {
        await LeaveAsync().ConfigureAwait(false);
        var state = await ending.Recovery.UntilDecidedAsync(transaction!, guardLeft, cancellationToken).ConfigureAwait(false);
        switch (state)
        {
            case null:
                await ending.LoseAsync(broken.ToProblem()).ConfigureAwait(false);
                return false;
            case { Phase: TransactionPhase.Waiting } when state.CurrentSystem == plan.To:
                return await VerifyAsync(holds, cancellationToken).ConfigureAwait(false);
            case { Done: false }:
                await ending.RestoreAsync(transaction!, broken.ToProblem(), cancellationToken).ConfigureAwait(false);
                return false;
            default:
                await ending.JudgeAsync(state, broken.ToProblem(), cancellationToken).ConfigureAwait(false);
                return false;
        }
    }

    private Task BlockAsync(Problem problem) => run.Emit(new HostBlocked(plan.Host, problem, Because: null));

    private Task ReleaseAsync(CancellationToken cancellationToken) =>
        transaction is null ? Task.CompletedTask : ending.ReleaseAsync(transaction, cancellationToken);

    private async Task StopRenewingAsync()
    {
        if (renewal is { } running)
        {
            renewal = null;
            await running.DisposeAsync().ConfigureAwait(false);
        }
    }
}
