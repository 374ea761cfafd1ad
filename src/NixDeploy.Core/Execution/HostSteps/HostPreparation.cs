using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Takes a host's lock, roots both systems, and copies what the host lacks; activates nothing.</summary>
internal sealed class HostPreparation(RunContext run, HostPlan plan, HostLink link, TransactionDriver driver)
{
    /// <summary>Prepares the host.</summary>
    /// <param name="waits">Whether the host then waits for others, without a connection.</param>
    /// <param name="cancellationToken">Cancels the copy; the lock stays until it is released or void.</param>
    /// <returns>Whether it is prepared; otherwise its end is recorded.</returns>
    public async Task<bool> RunAsync(bool waits, CancellationToken cancellationToken)
    {
        var store = run.StoreOf(plan.Described);
        ImmutableArray<StorePath> closure = plan.Generation is null ? await store.ClosureAsync(plan.To, cancellationToken).ConfigureAwait(false) : [];
        await run.Emit(new CopyStarted(plan.Host)).ConfigureAwait(false);
        await link.RentAsync(cancellationToken).ConfigureAwait(false);
        var prepared = await driver.Locking.AcquireAsync(plan.To, closure, run.Locks, cancellationToken).ConfigureAwait(false);
        driver.Transaction = prepared.Transaction;
        if (prepared.Transaction is not { } transaction)
        {
            return await BlockAsync(HostProblems.Locked(plan.Host, prepared.HeldBy, run.Time.GetUtcNow())).ConfigureAwait(false);
        }

        if (prepared.Running.System != plan.From.System && !RunsTarget(prepared.Running))
        {
            await driver.Locking.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false);
            return await BlockAsync(HostProblems.MovedOn(plan, prepared.Running)).ConfigureAwait(false);
        }

        var bytes = await CopyAsync(store, prepared.Missing, cancellationToken).ConfigureAwait(false);
        if (waits)
        {
            await link.CloseAsync().ConfigureAwait(false);
        }

        await run.Emit(new HostCopied(plan.Host, prepared.Missing.Length, bytes, transaction.Fence)).ConfigureAwait(false);
        return true;
    }

    /// <summary>Makes sure that a host which an earlier process prepared is still locked by this run; prepares it again when it is not.</summary>
    /// <returns>Whether it is prepared; otherwise its end is recorded.</returns>
    public async Task<bool> EnsureAsync(CancellationToken cancellationToken) =>
        driver.Transaction is not null || await FindLockAsync(cancellationToken).ConfigureAwait(false) || await RunAsync(waits: false, cancellationToken).ConfigureAwait(false);

    /// <summary>Asks the host what an activation would do, and releases its lock: nothing else happens to it.</summary>
    /// <returns>What it answered; <see langword="null"/> when its end is recorded already.</returns>
    public async Task<HostEvent?> DryActivateAsync(CancellationToken cancellationToken)
    {
        if (!await EnsureAsync(cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        var session = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
        var said = await session.DryActivateAsync(plan.To, cancellationToken).ConfigureAwait(false);
        run.Log(plan.Host, said.All);
        await driver.Locking.ReleaseAsync(driver.Transaction!, cancellationToken).ConfigureAwait(false);
        return said.Succeeded
            ? new HostDryActivated(plan.Host, plan.Changes is { } changes ? said.Units.Within(changes) : said.Units)
            : new HostFailed(plan.Host, HostProblems.NotDryActivated(plan, said), Activated: false);
    }

    /// <summary>Looks for a lock that an earlier process of this run holds; a host that does not answer has none that is known.</summary>
    public async Task<bool> FindLockAsync(CancellationToken cancellationToken)
    {
        try
        {
            var state = await link.AskAsync(open => open.InspectAsync([], cancellationToken), cancellationToken).ConfigureAwait(false);
            driver.Transaction = state.Lock is { } held && held.Run == run.Run ? new Transaction(run.Run, held.Fence) : null;
        }
        catch (HostException e)
        {
            run.Log(plan.Host, $"Whether this run holds its lock is not known: {e.Message}");
        }

        return driver.Transaction is not null;
    }

    private async Task<long> CopyAsync(ILocalStore store, ImmutableArray<StorePath> missing, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        if (missing.Length > 0)
        {
            var open = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
            await open.ImportAsync(
                async (destination, token) =>
                {
                    var counting = new CountingStream(destination);
                    await using (counting.ConfigureAwait(false))
                    {
                        await store.ExportAsync(missing, counting, token).ConfigureAwait(false);
                        bytes = counting.Written;
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }

        return bytes;
    }

    /// <summary>Another run may have deployed the same system meanwhile: the guard accepts what runs, and the rest is as for any host.</summary>
    private bool RunsTarget(SystemRef running) => plan.Mode == ActivationMode.Switch && running.System == plan.To;

    private async Task<bool> BlockAsync(Problem problem)
    {
        await run.Emit(new HostBlocked(plan.Host, problem, Because: null)).ConfigureAwait(false);
        return false;
    }
}
