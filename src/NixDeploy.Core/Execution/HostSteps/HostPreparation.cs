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
        var refusal = await RefusalAsync(prepared, cancellationToken).ConfigureAwait(false);
        var (missing, bytes, isBegun) = (prepared.Missing, 0L, false);
        if (refusal is null && !missing.IsEmpty)
        {
            refusal = await link.AskAsync(CopyAsync, cancellationToken).ConfigureAwait(false);
        }

        if (refusal is not null)
        {
            await run.Emit(new HostBlocked(plan.Host, refusal, Because: null)).ConfigureAwait(false);
            return false;
        }

        if (waits)
        {
            await link.CloseAsync().ConfigureAwait(false);
        }

        await run.Emit(new HostCopied(plan.Host, prepared.Missing.Length, bytes, driver.Transaction!.Fence)).ConfigureAwait(false);
        return true;

        // What arrived before a connection was lost stays, so over the next one the host is asked again what it lacks.
        async Task<Problem?> CopyAsync(IHostSession session)
        {
            if (isBegun)
            {
                var again = await driver.Locking.AskAsync(session, plan.To, closure, cancellationToken).ConfigureAwait(false);
                if (await RefusalAsync(again, cancellationToken).ConfigureAwait(false) is { } changed)
                {
                    return changed;
                }

                missing = again.Missing;
            }

            isBegun = true;
            if (missing.IsEmpty)
            {
                return null;
            }

            await session.ImportAsync((destination, token) => ExportAsync(store, missing, destination, count => bytes += count, token), cancellationToken).ConfigureAwait(false);
            return null;
        }
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

    /// <summary>Why the host is not deployed, though it was asked for its lock: another run has it, or has deployed it meanwhile.</summary>
    private async Task<Problem?> RefusalAsync(PrepareResult prepared, CancellationToken cancellationToken)
    {
        driver.Transaction = prepared.Transaction;
        if (prepared.Transaction is not { } transaction)
        {
            return HostProblems.Locked(plan.Host, prepared.HeldBy, run.Time.GetUtcNow());
        }

        if (prepared.Running.System == plan.From.System || RunsTarget(prepared.Running))
        {
            return null;
        }

        await driver.Locking.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false);
        return HostProblems.MovedOn(plan, prepared.Running);
    }

    private static async Task ExportAsync(ILocalStore store, ImmutableArray<StorePath> paths, Stream destination, Action<long> written, CancellationToken cancellationToken)
    {
        var counting = new CountingStream(destination);
        await using (counting.ConfigureAwait(false))
        {
            try
            {
                await store.ExportAsync(paths, counting, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                written(counting.Written);
            }
        }
    }

    /// <summary>Another run may have deployed the same system meanwhile: the guard accepts what runs, and the rest is as for any host.</summary>
    private bool RunsTarget(SystemRef running) => plan.Mode == ActivationMode.Switch && running.System == plan.To;
}
