using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Brings one host from milestone to milestone: prepare and copy, try and verify, commit; and back when that fails.</summary>
internal sealed class HostDeployment : IAsyncDisposable
{
    private readonly RunContext run;
    private readonly HostPlan plan;
    private readonly Host host;
    private readonly HostLink link;
    private readonly TransactionOutcome ending;
    private readonly HostActivation activation;
    private bool healthy;
    private GuardRenewal? renewal;

    public HostDeployment(RunContext run, HostPlan plan)
    {
        (this.run, this.plan, host) = (run, plan, plan.Described);
        link = new HostLink(run.Sessions, host);
        ending = new TransactionOutcome(run, plan, link);
        activation = new HostActivation(run, plan, link, ending);
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

        activation.Transaction = prepared.Transaction;
        if (prepared.Running.System != plan.From.System && !IsThere(prepared.Running))
        {
            await ending.ReleaseAsync(prepared.Transaction, cancellationToken).ConfigureAwait(false);
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

        await run.Emit(new HostCopied(plan.Host, prepared.Missing.Length, bytes, prepared.Transaction.Fence)).ConfigureAwait(false);
        return true;
    }

    /// <summary>Brings a prepared or healthy host further, up to the milestone.</summary>
    public async Task ActivateAsync(Milestone to, CancellationToken cancellationToken)
    {
        if (plan.Mode == ActivationMode.DryActivate)
        {
            await activation.DryActivateAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (healthy || await TryAsync(holds: to == Milestone.Healthy, cancellationToken).ConfigureAwait(false))
        {
            if (to != Milestone.Committed)
            {
                return;
            }

            await StopRenewingAsync().ConfigureAwait(false);
            if (healthy && plan.Guard is not null && run.Halted.IsCancellationRequested)
            {
                await ending.RollBackAsync(activation.Transaction!, "The run is taken back.", cancellationToken).ConfigureAwait(false);
                await LeaveAsync().ConfigureAwait(false);
                return;
            }

            await (plan.Mode == ActivationMode.Test ? activation.KeepAsync(cancellationToken) : activation.CommitAsync(cancellationToken)).ConfigureAwait(false);
        }

        await LeaveAsync().ConfigureAwait(false);
    }

    /// <summary>The host does not go on: what it holds is given back, then its end is told.</summary>
    /// <param name="end">The end of a host that runs what it ran before.</param>
    /// <param name="cancellationToken">Leaves at once.</param>
    public async Task GiveUpAsync(HostEvent end, CancellationToken cancellationToken)
    {
        await StopRenewingAsync().ConfigureAwait(false);
        if (healthy)
        {
            var why = end is HostCancelled cancelled ? cancelled.Reason : "It does not go on.";
            await ending.RollBackAsync(activation.Transaction!, why, cancellationToken).ConfigureAwait(false);
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
        if (activation.Activated)
        {
            await ending.RollBackAsync(activation.Transaction!, problem, cancellationToken).ConfigureAwait(false);
            return;
        }

        var isOff = plan.Unreachable != UnreachablePolicy.Fail && HostException.MeansUnreachable(problem.Code);
        await run.Emit(isOff
            ? new HostUnreachable(plan.Host, problem, plan.Unreachable == UnreachablePolicy.Defer, Because: null)
            : new HostFailed(plan.Host, problem, Activated: false)).ConfigureAwait(false);
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

    /// <summary>Another run may have deployed the same system meanwhile: the guard accepts what runs, and the rest is as for any host.</summary>
    private bool IsThere(SystemRef running) => plan.Mode == ActivationMode.Switch && running.System == plan.To;

    /// <summary>The connection of the planning may have died since: then once more over a new one.</summary>
    private async Task<PrepareResult> LockAsync(ImmutableArray<StorePath> closure, CancellationToken cancellationToken)
    {
        var request = new PrepareRequest(run.Run, run.Controller, plan.To, host.Target.Profile);
        var locking = new HostLocking(run, plan.Host, run.Locks);
        await link.TakeAsync(cancellationToken).ConfigureAwait(false);
        return await link.AskAsync(open => locking.TakeAsync(open, request, closure, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Whether the host goes on from here.</returns>
    private async Task<bool> TryAsync(bool holds, CancellationToken cancellationToken)
    {
        switch (await activation.TryAsync(holds, cancellationToken).ConfigureAwait(false))
        {
            case Trial.Ended:
                return false;
            case Trial.Installed:
                return true;
            default:
                healthy = true;
                if (holds)
                {
                    // Before it is told: whoever hears of it may go on at once.
                    await LeaveAsync().ConfigureAwait(false);
                    renewal = plan.Guard is { } guard ? new GuardRenewal(run, host, activation.Transaction!, guard) : null;
                }

                await run.Emit(new HostHealthy(plan.Host)).ConfigureAwait(false);
                return true;
        }
    }

    private Task BlockAsync(Problem problem) => run.Emit(new HostBlocked(plan.Host, problem, Because: null));

    private Task ReleaseAsync(CancellationToken cancellationToken) =>
        activation.Transaction is { } transaction ? ending.ReleaseAsync(transaction, cancellationToken) : Task.CompletedTask;

    private async Task StopRenewingAsync()
    {
        if (renewal is { } running)
        {
            renewal = null;
            await running.DisposeAsync().ConfigureAwait(false);
        }
    }
}
