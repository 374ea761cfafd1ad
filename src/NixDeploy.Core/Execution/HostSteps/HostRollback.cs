using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Brings a host that this run has committed back to the system that it had before, with the same care as it was deployed.</summary>
internal sealed class HostRollback
{
    private readonly RunContext run;
    private readonly HostPlan plan;
    private readonly Host host;
    private readonly HostLink link;
    private readonly TransactionOutcome ending;

    public HostRollback(RunContext run, HostPlan plan)
    {
        (this.run, this.plan, host) = (run, plan, plan.Described);
        link = new HostLink(run.Sessions, host);
        ending = new TransactionOutcome(run, plan, link);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await run.Emit(new RollbackStarted(plan.Host, "The run is taken back.")).ConfigureAwait(false);
        HostEvent end;
        try
        {
            end = await GoBackAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e)
        {
            end = Failed(e.Message);
        }
        finally
        {
            await link.LeaveAsync().ConfigureAwait(false);
        }

        await run.Emit(end).ConfigureAwait(false);
    }

    private async Task<HostEvent> GoBackAsync(CancellationToken cancellationToken)
    {
        if (plan.From.System is not { } old)
        {
            return Failed("it is not known what it ran before.");
        }

        await link.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (plan.Reboot is not null && await WasRebootedAsync(cancellationToken).ConfigureAwait(false))
        {
            return await new HostReboot(run, plan, link).BackAsync(cancellationToken).ConfigureAwait(false);
        }

        var request = new PrepareRequest(run.Run, run.Controller, old, host.Target.Profile);
        var prepared = await link.AskAsync(open => open.PrepareAsync(request, [], cancellationToken), cancellationToken).ConfigureAwait(false);
        if (prepared.Transaction is not { } transaction)
        {
            return Failed(HostProblems.Locked(plan.Host, prepared.HeldBy, run.Time.GetUtcNow()).Message);
        }

        return await TryAsync(transaction, old, again: false, cancellationToken).ConfigureAwait(false) ?? await CommitAsync(transaction, old, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Its kernel is the new system's then: only another reboot brings the old one back.</summary>
    private async Task<bool> WasRebootedAsync(CancellationToken cancellationToken)
    {
        var state = await link.AskAsync(open => open.InspectAsync([], cancellationToken), cancellationToken).ConfigureAwait(false);
        return state.BootedSystem == plan.To;
    }

    /// <returns>How it ended; <see langword="null"/>: the old system runs, and its guard waits for the verdict.</returns>
    private async Task<HostEvent?> TryAsync(Transaction transaction, StorePath old, bool again, CancellationToken cancellationToken)
    {
        var begin = run.Time.GetTimestamp();
        try
        {
            var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
            var tried = await open.ActivateAsync(
                new ActivationRequest(transaction, old, host.Target.Profile)
                {
                    Guard = plan.Guard,
                    GuardReboot = plan.GuardReboot,
                    Generation = plan.From.Generation,
                },
                cancellationToken).ConfigureAwait(false);
            run.Log(plan.Host, tried.Output);
            return tried.CurrentSystem == old ? null
                : await StayAsync(transaction, HostProblems.RollbackActivation(plan, tried).Message, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (e.IsRefusal)
        {
            return await LeaveAsync(transaction, e.Message, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e)
        {
            await link.LeaveAsync().ConfigureAwait(false);
            var left = (plan.Guard ?? TimeSpan.Zero) - run.Time.GetElapsedTime(begin);
            switch (await ending.Recovery.UntilDecidedAsync(transaction, left, cancellationToken).ConfigureAwait(false))
            {
                case null:
                    return Lost();
                case { Reason: TransactionRecovery.NeverBegunReason } when !again:
                    return await TryAsync(transaction, old, again: true, cancellationToken).ConfigureAwait(false);
                case { Reason: TransactionRecovery.NeverBegunReason }:
                    return await LeaveAsync(transaction, e.Message, cancellationToken).ConfigureAwait(false);
                case { Phase: TransactionPhase.OnTrial } state when state.CurrentSystem == old:
                    return null;
                case { Done: false }:
                    return await StayAsync(transaction, e.Message, cancellationToken).ConfigureAwait(false);
                case var state:
                    return End(state, old);
            }
        }
    }

    private async Task<HostEvent> CommitAsync(Transaction transaction, StorePath old, CancellationToken cancellationToken)
    {
        try
        {
            var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
            return End(await open.CommitAsync(transaction, cancellationToken).ConfigureAwait(false), old);
        }
        catch (HostException e) when (e.IsRefusal)
        {
            return await StayAsync(transaction, e.Message, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException)
        {
            await link.LeaveAsync().ConfigureAwait(false);
            return await ending.Recovery.CommitAsync(transaction, plan.Guard ?? TimeSpan.Zero, cancellationToken).ConfigureAwait(false) is { } state ? End(state, old) : Lost();
        }
    }

    /// <summary>The way back does not lead on: the guard is told to go on with what ran when it began.</summary>
    private async Task<HostEvent> StayAsync(Transaction transaction, string why, CancellationToken cancellationToken)
    {
        try
        {
            var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
            await open.RollBackAsync(transaction, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e)
        {
            run.Log(plan.Host, $"The host could not be told so: {e.Message}");
            await link.LeaveAsync().ConfigureAwait(false);
            if (await ending.Recovery.RollBackAsync(transaction, plan.Guard ?? TimeSpan.Zero, cancellationToken).ConfigureAwait(false) is null)
            {
                return Lost();
            }
        }

        return Failed(why);
    }

    /// <summary>Nothing was begun: the lock is given back.</summary>
    private async Task<HostEvent> LeaveAsync(Transaction transaction, string why, CancellationToken cancellationToken)
    {
        await ending.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false);
        return Failed(why);
    }

    private HostEvent End(TransactionState state, StorePath old) => state.Phase == TransactionPhase.Committed
        ? new HostRolledBack(plan.Host, old, state.Generation, ByGuard: false)
        : Failed($"{old} was on trial, and the host's record says {state.Phase} ({state.Reason}).");

    private RollbackFailed Lost() => new(plan.Host, HostProblems.LostDuringRollback(plan, host), Unknown: true);

    private RollbackFailed Failed(string why) => new(plan.Host, HostProblems.NotRolledBack(plan, host, why), Unknown: false);
}
