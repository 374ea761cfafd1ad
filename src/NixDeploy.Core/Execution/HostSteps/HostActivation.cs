using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>What became of a system that was handed to a host.</summary>
internal enum Trial
{
    /// <summary>It does not go on; the host's end has been told.</summary>
    Ended,

    /// <summary>It runs and was healthy for the whole window; the guard waits for the verdict.</summary>
    Healthy,

    /// <summary>Nothing was activated: it is the boot default.</summary>
    Installed,
}

/// <summary>Hands a host its new system, in the plan's mode, and hands in the verdict.</summary>
internal sealed class HostActivation(RunContext run, HostPlan plan, HostLink link, TransactionOutcome ending)
{
    private readonly Host host = plan.Described;
    private bool rebootNeeded;
    private long handed;

    /// <summary>Our holding of the host's lock; <see langword="null"/> before it is ours.</summary>
    public Transaction? Transaction { get; set; }

    /// <summary>Whether the host's old system may no longer be what runs, or what would boot.</summary>
    public bool Activated { get; private set; }

    /// <summary>Tries the new system and watches it, or only makes it the boot default.</summary>
    /// <param name="holds">Whether the host is to wait on trial, so that a reboot cannot take the trial's place.</param>
    /// <param name="cancellationToken">Leaves at once.</param>
    public async Task<Trial> TryAsync(bool holds, CancellationToken cancellationToken)
    {
        await run.Emit(new ActivationStarted(plan.Host, plan.From, plan.To) { Mode = plan.Mode }).ConfigureAwait(false);
        if (plan.Mode == ActivationMode.Boot)
        {
            return await InstallAsync(cancellationToken).ConfigureAwait(false);
        }

        return await ActivateAsync(holds, again: false, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Trial> ActivateAsync(bool holds, bool again, CancellationToken cancellationToken)
    {
        var before = run.Time.GetTimestamp();
        ActivationResult tried;
        try
        {
            tried = await StartActivationAsync(plan.Mode, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (!e.IsRefusal)
        {
            var left = (plan.Guard ?? TimeSpan.Zero) - run.Time.GetElapsedTime(before);
            return await GoOnFromRecordAsync(e, left, holds, again, cancellationToken).ConfigureAwait(false);
        }

        return await GoOnAsync(tried.Outcome, HostProblems.Activation(plan, tried), holds, cancellationToken).ConfigureAwait(false);
    }

    private Task<Trial> GoOnAsync(ActivationOutcome outcome, Problem otherwise, bool holds, CancellationToken cancellationToken) => outcome switch
    {
        ActivationOutcome.Activated => VerifyAsync(cancellationToken),
        ActivationOutcome.NeedsReboot when plan.Reboot is not null && plan.Mode == ActivationMode.Switch && !holds => InstallForNextBootAsync(cancellationToken),
        ActivationOutcome.NeedsReboot => LeaveForRebootAsync(cancellationToken),
        _ => GoBackAsync(otherwise, cancellationToken),
    };

    /// <summary>Makes the new system the profile's generation and the boot default, and reboots where that is wanted.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        await run.Emit(new CommitStarted(plan.Host)).ConfigureAwait(false);
        if (await SubmitVerdictAsync(
            (session, token) => session.CommitAsync(Transaction!, token), ending.Recovery.CommitAsync, cancellationToken).ConfigureAwait(false) is not { } state)
        {
            return;
        }

        var reboot = new HostReboot(run, plan, link);
        if (state.Phase == TransactionPhase.Committed && await reboot.IsWantedAsync(cancellationToken).ConfigureAwait(false))
        {
            await reboot.RunAsync(state.Generation, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ending.JudgeAsync(state, HostProblems.NotCommitted(plan, state), rebootNeeded, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Leaves the new system running without making it the default.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        await run.Emit(new KeepStarted(plan.Host)).ConfigureAwait(false);
        if (await SubmitVerdictAsync(
            (session, token) => session.KeepAsync(Transaction!, token), ending.Recovery.KeepAsync, cancellationToken).ConfigureAwait(false) is { } state)
        {
            await ending.JudgeAsync(state, HostProblems.NotCommitted(plan, state), rebootNeeded, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks the host what an activation would do, and gives the lock back.</summary>
    public async Task DryActivateAsync(CancellationToken cancellationToken)
    {
        var session = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
        var said = await session.DryActivateAsync(plan.To, cancellationToken).ConfigureAwait(false);
        run.Log(plan.Host, said.Output);
        await ending.ReleaseAsync(Transaction!, cancellationToken).ConfigureAwait(false);
        await run.Emit(said.Succeeded
            ? new HostDryActivated(plan.Host, said.Units)
            : new HostFailed(plan.Host, HostProblems.NotDryActivated(plan, said), Activated: false)).ConfigureAwait(false);
    }

    /// <summary>A refusal leaves the host as it was; after any other error it may be what it likes.</summary>
    private async Task<ActivationResult> StartActivationAsync(ActivationMode mode, CancellationToken cancellationToken)
    {
        var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
        var touchedBefore = Activated;
        Activated = true;
        handed = run.Time.GetTimestamp();
        try
        {
            var tried = await open.ActivateAsync(
                new ActivationRequest(Transaction!, plan.To, host.Target.Profile)
                {
                    Mode = mode,
                    Guard = mode == ActivationMode.Boot ? null : plan.Guard,
                    GuardReboot = plan.GuardReboot,
                    Generation = plan.Generation,
                },
                cancellationToken).ConfigureAwait(false);
            rebootNeeded = tried.RebootNeeded;
            run.Log(plan.Host, tried.Output);
            return tried;
        }
        catch (HostException e) when (e.IsRefusal)
        {
            Activated = touchedBefore;
            throw;
        }
    }

    private async Task<Trial> InstallAsync(CancellationToken cancellationToken)
    {
        try
        {
            var tried = await StartActivationAsync(ActivationMode.Boot, cancellationToken).ConfigureAwait(false);
            return tried.Outcome == ActivationOutcome.Installed
                ? Trial.Installed
                : await GoBackAsync(HostProblems.NotInstalled(plan, tried), cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (!e.IsRefusal)
        {
            await link.LeaveAsync().ConfigureAwait(false);
            switch (await ending.Recovery.CommitAsync(Transaction!, TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
            {
                case null:
                    await ending.LoseAsync(e.ToProblem()).ConfigureAwait(false);
                    return Trial.Ended;
                case { Phase: TransactionPhase.Committed }:
                    return Trial.Installed;
                case var state:
                    await ending.JudgeAsync(state, e.ToProblem(), rebootNeeded, cancellationToken).ConfigureAwait(false);
                    return Trial.Ended;
            }
        }
    }

    /// <summary>It cannot be activated while the host runs, and a reboot is allowed: it becomes the boot default, under a lock of its own.</summary>
    private async Task<Trial> InstallForNextBootAsync(CancellationToken cancellationToken)
    {
        var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
        var prepared = await open.PrepareAsync(new PrepareRequest(run.Run, run.Controller, plan.To, host.Target.Profile), [], cancellationToken).ConfigureAwait(false);
        if (prepared.Transaction is null)
        {
            Activated = false;
            await run.Emit(new HostFailed(plan.Host, HostProblems.Locked(plan.Host, prepared.HeldBy, run.Time.GetUtcNow()), Activated: false)).ConfigureAwait(false);
            return Trial.Ended;
        }

        Transaction = prepared.Transaction;
        return await InstallAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<Trial> LeaveForRebootAsync(CancellationToken cancellationToken)
    {
        await run.Emit(new HostNeedsReboot(plan.Host, plan.From.Generation, HostProblems.NeedsReboot(plan))).ConfigureAwait(false);
        await ending.ReleaseAsync(Transaction!, cancellationToken).ConfigureAwait(false);
        return Trial.Ended;
    }

    private async Task<Trial> VerifyAsync(CancellationToken cancellationToken)
    {
        await run.Emit(new HostActivated(plan.Host)).ConfigureAwait(false);
        var (verdict, decided) = await WatchAsync(cancellationToken).ConfigureAwait(false);
        if (decided is { Done: true })
        {
            await ending.JudgeAsync(decided, verdict.Problem!, rebootNeeded, cancellationToken).ConfigureAwait(false);
            return Trial.Ended;
        }

        return verdict.Healthy ? Trial.Healthy : await GoBackAsync(verdict.Problem!, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A guard that is shorter than the window waits for word from here, not for the end of it.</summary>
    private async Task<(HealthVerdict Verdict, TransactionState? Decided)> WatchAsync(CancellationToken cancellationToken)
    {
        var watch = new PostActivationCheck(run, plan, host, link);
        if (plan.Guard is not { } guard || guard > plan.Window)
        {
            return await watch.WatchAsync(Transaction!, plan.Guard - run.Time.GetElapsedTime(handed), cancellationToken).ConfigureAwait(false);
        }

        var renewal = new GuardRenewal(run, host, Transaction!, guard);
        await using (renewal.ConfigureAwait(false))
        {
            return await watch.WatchAsync(Transaction!, guardLeft: null, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<Trial> GoBackAsync(Problem problem, CancellationToken cancellationToken)
    {
        await ending.RollBackAsync(Transaction!, problem, cancellationToken).ConfigureAwait(false);
        return Trial.Ended;
    }

    /// <summary>The connection broke while the host was activating: what the guard wrote down decides.</summary>
    private async Task<Trial> GoOnFromRecordAsync(HostException broken, TimeSpan guardLeft, bool holds, bool again, CancellationToken cancellationToken)
    {
        await link.LeaveAsync().ConfigureAwait(false);
        var state = await ending.Recovery.UntilDecidedAsync(Transaction!, guardLeft, cancellationToken).ConfigureAwait(false);
        rebootNeeded = state is { RebootNeeded: true };
        switch (state)
        {
            case null:
                await ending.LoseAsync(broken.ToProblem()).ConfigureAwait(false);
                return Trial.Ended;
            case { Reason: TransactionRecovery.NeverBegunReason } when !again:
                return await ActivateAsync(holds, again: true, cancellationToken).ConfigureAwait(false);
            case { Phase: TransactionPhase.HalfCommitted }:
                // The power went away during a switch that no guard was to take back: what it began is finished.
                return Trial.Installed;
            case { Phase: TransactionPhase.OnTrial } or { Done: true, Reason: "no-guard" } when state.CurrentSystem == plan.To:
            case { Done: true, Outcome: ActivationOutcome.NeedsReboot }:
                return await GoOnAsync(state.Outcome ?? ActivationOutcome.Activated, HostProblems.ActivationUnseen(plan, broken), holds, cancellationToken).ConfigureAwait(false);
            case { Done: false }:
                return await GoBackAsync(broken.ToProblem(), cancellationToken).ConfigureAwait(false);
            default:
                await ending.JudgeAsync(state, broken.ToProblem(), rebootNeeded, cancellationToken).ConfigureAwait(false);
                return Trial.Ended;
        }
    }

    /// <summary>Hands in a verdict; <see langword="null"/> when the host's end has been told already.</summary>
    private async Task<TransactionState?> SubmitVerdictAsync(
        Func<IHostSession, CancellationToken, Task<TransactionState>> verdict,
        Func<Transaction, TimeSpan, CancellationToken, Task<TransactionState?>> recover,
        CancellationToken cancellationToken)
    {
        try
        {
            return await verdict(await link.OpenAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (e.IsRefusal)
        {
            await ending.RollBackAsync(Transaction!, e.ToProblem(), cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (HostException e)
        {
            await link.LeaveAsync().ConfigureAwait(false);
            var asked = await recover(Transaction!, plan.Guard ?? TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            if (asked is null)
            {
                await ending.LoseAsync(e.ToProblem()).ConfigureAwait(false);
            }

            return asked;
        }
    }
}
