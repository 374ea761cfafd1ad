using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Reboots a host into the system that was committed, waits until it is back and healthy, and goes back by another reboot when it is not.</summary>
internal sealed class HostReboot(RunContext run, HostPlan plan, HostLink link)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    private readonly Host host = plan.Described;

    /// <summary>Whether the plan wants a reboot of the host as it is now.</summary>
    public async Task<bool> IsWantedAsync(CancellationToken cancellationToken)
    {
        if (plan.Reboot is not { } reboot)
        {
            return false;
        }

        if (reboot.When == RebootPolicy.Always)
        {
            return true;
        }

        try
        {
            var state = await link.AskAsync(open => open.InspectAsync([], cancellationToken), cancellationToken).ConfigureAwait(false);
            return state.RebootNeeded || state.CurrentSystem != plan.To;
        }
        catch (HostException e)
        {
            // It is committed, which nothing is to cast doubt on; without an answer it is not rebooted either.
            run.Log(plan.Host, $"Whether it needs a reboot is not known: {e.Message}");
            return false;
        }
    }

    /// <summary>Reboots, and tells the host's end.</summary>
    /// <param name="generation">The generation that was committed.</param>
    /// <param name="cancellationToken">Leaves at once.</param>
    public async Task RunAsync(int? generation, CancellationToken cancellationToken)
    {
        await run.Emit(new RebootStarted(plan.Host, generation)).ConfigureAwait(false);
        var (begun, problem) = await IntoAsync(plan.To, cancellationToken).ConfigureAwait(false);
        if (!begun)
        {
            // It was deployed well: going back would only ask for another reboot.
            await run.Emit(new HostNeedsReboot(plan.Host, generation, problem!)).ConfigureAwait(false);
            return;
        }

        if (problem is null)
        {
            await run.Emit(new HostRebooted(plan.Host, plan.To)).ConfigureAwait(false);
            problem = (await new PostActivationCheck(run, plan, host, link).WatchAsync(null, null, cancellationToken).ConfigureAwait(false)).Verdict.Problem;
        }

        if (problem is null)
        {
            await run.Emit(new HostCommitted(plan.Host, generation)).ConfigureAwait(false);
            return;
        }

        await run.Emit(new HostFailed(plan.Host, problem, Activated: true)).ConfigureAwait(false);
        if (plan.AutoRollback)
        {
            await run.Emit(new RollbackStarted(plan.Host, problem.Message)).ConfigureAwait(false);
            await run.Emit(await BackAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        else
        {
            await run.Emit(new RollbackFailed(plan.Host, HostProblems.LeftAlone(plan, host), Unknown: false) { Left = true }).ConfigureAwait(false);
        }
    }

    /// <summary>The way back: the old generation becomes the boot default again, and is booted.</summary>
    public async Task<HostEvent> BackAsync(CancellationToken cancellationToken)
    {
        if (plan.From.System is not { } old)
        {
            return Stays("it is not known what it ran before");
        }

        try
        {
            await link.LeaveAsync().ConfigureAwait(false);
            var request = new PrepareRequest(run.Run, run.Controller, old, host.Target.Profile);
            var prepared = await link.AskAsync(open => open.PrepareAsync(request, [], cancellationToken), cancellationToken).ConfigureAwait(false);
            if (prepared.Transaction is not { } transaction)
            {
                return Stays(HostProblems.Locked(plan.Host, prepared.HeldBy, run.Time.GetUtcNow()).Message);
            }

            var tried = await InstallAsync(transaction, old, cancellationToken).ConfigureAwait(false);
            if (tried.Outcome != ActivationOutcome.Installed)
            {
                return Stays(HostProblems.NotInstalled(plan, tried).Message);
            }

            return tried.CurrentSystem == old && !tried.RebootNeeded ? RolledBack(old)
                : await IntoAsync(old, cancellationToken).ConfigureAwait(false) is (_, { } problem) ? Stays(problem.Message)
                : RolledBack(old);
        }
        catch (HostException e)
        {
            return Stays(e.Message);
        }
    }

    private async Task<ActivationResult> InstallAsync(Transaction transaction, StorePath old, CancellationToken cancellationToken)
    {
        var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await open.ActivateAsync(
                new ActivationRequest(transaction, old, host.Target.Profile) { Mode = ActivationMode.Boot, Guard = null, Generation = plan.From.Generation },
                cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (e.IsRefusal)
        {
            await link.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reboots under a lock of its own: nobody begins anything between.</summary>
    /// <returns>Whether the host may have gone down at all, and what went wrong.</returns>
    private async Task<(bool Begun, Problem? Problem)> IntoAsync(StorePath system, CancellationToken cancellationToken)
    {
        string before;
        try
        {
            before = await BeginAsync(system, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e)
        {
            return (false, e.ToProblem());
        }

        return (true, await UntilBackAsync(before, system, cancellationToken).ConfigureAwait(false));
    }

    /// <returns>The boot that ends.</returns>
    /// <exception cref="HostException">The host was not told to reboot, or refused.</exception>
    private async Task<string> BeginAsync(StorePath system, CancellationToken cancellationToken)
    {
        var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
        var before = await open.InspectAsync([], cancellationToken).ConfigureAwait(false);
        var prepared = await open.PrepareAsync(new PrepareRequest(run.Run, run.Controller, system, host.Target.Profile), [], cancellationToken).ConfigureAwait(false);
        if (prepared.Transaction is not { } transaction)
        {
            var problem = HostProblems.Locked(plan.Host, prepared.HeldBy, run.Time.GetUtcNow());
            throw new HostException(problem.Code, problem.Message);
        }

        try
        {
            await open.RebootAsync(transaction, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (e.IsRefusal)
        {
            await open.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false);
            throw;
        }
        catch (HostException)
        {
            // The connection may well have died with the host: whether it rebooted, its boot id tells.
        }

        return before.BootId;
    }

    private async Task<Problem?> UntilBackAsync(string bootBefore, StorePath system, CancellationToken cancellationToken)
    {
        var limit = plan.LongestReboot;
        var begin = run.Time.GetTimestamp();
        while (true)
        {
            var (state, booting) = await AskAsync(cancellationToken).ConfigureAwait(false);
            if (state is not null && state.BootId != bootBefore && !booting)
            {
                return state.CurrentSystem == system ? null : HostProblems.BootedAnother(plan, system, state);
            }

            if (run.Time.GetElapsedTime(begin) > limit)
            {
                return HostProblems.NotBack(plan, host, limit, state is null ? "it does not answer"
                    : state.BootId == bootBefore ? "it has not gone down"
                    : "it has not finished booting");
            }

            await Task.Delay(Pause, run.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(HostState? State, bool Booting)> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            var session = await link.FreshAsync(cancellationToken).ConfigureAwait(false);
            var state = await session.InspectAsync([], cancellationToken).ConfigureAwait(false);
            var running = await session.RunAsync(["systemctl", "is-system-running"], Look, cancellationToken).ConfigureAwait(false);
            return (state, running.Output.Trim() is "initializing" or "starting");
        }
        catch (HostException)
        {
            return (null, false);
        }
    }

    private HostRolledBack RolledBack(StorePath old) => new(plan.Host, old, plan.From.Generation, ByGuard: false);

    private RollbackFailed Stays(string why) => new(plan.Host, HostProblems.RebootRollbackFailed(plan, host, why), Unknown: false);
}
