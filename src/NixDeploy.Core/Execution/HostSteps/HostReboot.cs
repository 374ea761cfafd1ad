using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Reboots a host into the system that is its boot default, and waits until it is back.</summary>
internal sealed class HostReboot(RunContext run, HostPlan plan, HostLink link, HostLocking locking)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    /// <summary>So many answers in a row from the boot before: no reboot is on its way.</summary>
    private const int Settled = 5;

    /// <summary>Reboots a host into the new system, which is committed.</summary>
    /// <param name="generation">The generation that was committed.</param>
    /// <param name="cancellationToken">Cancels the waiting; the host boots all the same.</param>
    /// <returns>What the reboot came to.</returns>
    public async Task<HostEvent?> RunAsync(int? generation, CancellationToken cancellationToken)
    {
        try
        {
            var before = await BootIdAsync(cancellationToken).ConfigureAwait(false);
            await run.Emit(new RebootStarted(plan.Host, generation) { BootId = before }).ConfigureAwait(false);
            await BeginAsync(plan.To, cancellationToken).ConfigureAwait(false);
            return Ended(await AwaitAsync(state => state.BootId != before, plan.To, stillUp: null, cancellationToken).ConfigureAwait(false));
        }
        catch (HostException e)
        {
            // It is committed, and runs on as it is: a rollback would only take another reboot.
            return new HostNeedsReboot(plan.Host, generation, e.ToProblem());
        }
    }

    /// <summary>Waits for a reboot into the new system that an earlier process began; begins it again when the host did not hear of it.</summary>
    public async Task<HostEvent?> ResumeAsync(HostProgress progress, CancellationToken cancellationToken)
    {
        var same = 0;
        try
        {
            return Ended(await AwaitAsync(
                state => progress.BootBeforeReboot is { } before ? state.BootId != before : state.BootedSystem == plan.To,
                plan.To,
                () => ++same == Settled ? BeginAsync(plan.To, cancellationToken) : Task.CompletedTask,
                cancellationToken).ConfigureAwait(false));
        }
        catch (HostException e)
        {
            return new HostNeedsReboot(plan.Host, progress.Generation, e.ToProblem());
        }
    }

    /// <summary>Reboots a host into its old system, which is its boot default again.</summary>
    /// <returns>What went wrong, or <see langword="null"/>.</returns>
    public async Task<Problem?> IntoAsync(StorePath old, CancellationToken cancellationToken)
    {
        try
        {
            var before = await BootIdAsync(cancellationToken).ConfigureAwait(false);
            await BeginAsync(old, cancellationToken).ConfigureAwait(false);
            return await AwaitAsync(state => state.BootId != before, old, stillUp: null, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e)
        {
            return e.ToProblem();
        }
    }

    private HostEvent Ended(Problem? problem) => problem is null ? new HostRebooted(plan.Host, plan.To) : new HostFailed(plan.Host, problem, Activated: true);

    private async Task<string> BootIdAsync(CancellationToken cancellationToken) =>
        (await link.AskAsync(open => open.InspectAsync([], cancellationToken), cancellationToken).ConfigureAwait(false)).BootId;

    /// <summary>Tells the host to reboot, under a lock of its own: nobody begins anything between.</summary>
    private async Task BeginAsync(StorePath system, CancellationToken cancellationToken)
    {
        var transaction = await locking.AcquireAsync(system, cancellationToken).ConfigureAwait(false);
        try
        {
            var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
            await open.RebootAsync(transaction, cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e) when (e.IsRefusal)
        {
            await locking.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false);
            throw;
        }
        catch (HostException)
        {
            // The connection may well have died with the host: its boot id tells whether it rebooted.
        }
    }

    private async Task<Problem?> AwaitAsync(Func<HostState, bool> hasBooted, StorePath system, Func<Task>? stillUp, CancellationToken cancellationToken)
    {
        var limit = plan.LongestReboot;
        var how = "";
        var back = await run.Time.PollUntilAsync(AskAsync, elapsed => elapsed > limit ? null : Pause, cancellationToken).ConfigureAwait(false);
        return back is null ? HostProblems.NotBack(plan, limit, how)
            : back.CurrentSystem != system ? HostProblems.BootedAnother(plan, system, back)
            : null;

        async Task<HostState?> AskAsync(CancellationToken token)
        {
            var (state, booting) = await AskOnceAsync(token).ConfigureAwait(false);
            if (state is not null && hasBooted(state))
            {
                how = "it has not finished booting";
                return booting ? null : state;
            }

            how = state is null ? "it does not answer" : "it has not gone down";
            if (state is not null && stillUp is not null)
            {
                await stillUp().ConfigureAwait(false);
            }

            return null;
        }
    }

    private async Task<(HostState? State, bool Booting)> AskOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var session = await link.ReconnectAsync(cancellationToken).ConfigureAwait(false);
            var state = await session.InspectAsync([], cancellationToken).ConfigureAwait(false);
            var running = await session.RunAsync(["systemctl", "is-system-running"], Look, cancellationToken).ConfigureAwait(false);
            return (state, running.Output.Trim() is "initializing" or "starting");
        }
        catch (HostException)
        {
            return (null, false);
        }
    }
}
