using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Reboots a host into the system that is its boot default, and waits until it is back.</summary>
internal sealed class HostReboot(RunContext run, HostPlan plan, HostLink link, HostLocking locking)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    /// <summary>So many answers in a row from the boot before: no reboot is on its way.</summary>
    private const int Settled = 5;

    private readonly Host host = plan.Described;

    /// <summary>The boot that a reboot is going to end.</summary>
    /// <exception cref="HostException">The host cannot be asked.</exception>
    public async Task<string> BootIdAsync(CancellationToken cancellationToken) =>
        (await link.AskAsync(open => open.InspectAsync([], cancellationToken), cancellationToken).ConfigureAwait(false)).BootId;

    /// <summary>Tells the host to reboot, under a lock of its own: nobody begins anything between.</summary>
    /// <exception cref="HostException">The host was not told, or refused.</exception>
    public async Task BeginAsync(StorePath system, CancellationToken cancellationToken)
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

    /// <summary>Waits until the host has booted again and runs the system.</summary>
    /// <param name="bootBefore">The boot that ends.</param>
    /// <param name="system">What it is to run.</param>
    /// <param name="cancellationToken">Cancels the waiting; the host boots all the same.</param>
    /// <returns>What went wrong, or <see langword="null"/>.</returns>
    public Task<Problem?> AwaitAsync(string bootBefore, StorePath system, CancellationToken cancellationToken) =>
        AwaitAsync(state => state.BootId != bootBefore, system, () => Task.CompletedTask, cancellationToken);

    /// <summary>The same for a reboot into the new system that an earlier process began: whether the host heard of it is not known.</summary>
    /// <param name="bootBefore">The boot that ends; <see langword="null"/> where the log does not have it.</param>
    /// <param name="cancellationToken">Cancels the waiting; the host boots all the same.</param>
    public Task<Problem?> ResumeAsync(string? bootBefore, CancellationToken cancellationToken)
    {
        var same = 0;
        return AwaitAsync(
            state => bootBefore is null ? state.BootedSystem == plan.To : state.BootId != bootBefore,
            plan.To,
            () => ++same == Settled ? BeginAsync(plan.To, cancellationToken) : Task.CompletedTask,
            cancellationToken);
    }

    private async Task<Problem?> AwaitAsync(Func<HostState, bool> hasBooted, StorePath system, Func<Task> stillUp, CancellationToken cancellationToken)
    {
        var limit = plan.LongestReboot;
        var how = "";
        var back = await run.Time.PollUntilAsync(AskAsync, elapsed => elapsed > limit ? null : Pause, cancellationToken).ConfigureAwait(false);
        return back is null ? HostProblems.NotBack(plan, host, limit, how)
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
            if (state is not null)
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
