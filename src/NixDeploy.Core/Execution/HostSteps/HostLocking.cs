using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>Takes and releases a host's lock; every transaction and every reboot has a lock of its own.</summary>
internal sealed class HostLocking(RunContext run, HostPlan plan, HostLink link)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Takes the lock at once; only a deployment that has not begun waits for another run or breaks its lock.</summary>
    /// <exception cref="HostException">Another run holds it.</exception>
    public async Task<Transaction> AcquireAsync(StorePath system, CancellationToken cancellationToken) =>
        (await HoldAsync(system, cancellationToken).ConfigureAwait(false)).Transaction!;

    /// <summary>The same, with what the host runs now.</summary>
    /// <exception cref="HostException">Another run holds it.</exception>
    public async Task<PrepareResult> HoldAsync(StorePath system, CancellationToken cancellationToken)
    {
        var prepared = await AcquireAsync(system, [], LockPolicy.None, cancellationToken).ConfigureAwait(false);
        if (prepared.Transaction is not null)
        {
            return prepared;
        }

        var problem = HostProblems.Locked(plan.Host, prepared.HeldBy, run.Time.GetUtcNow());
        throw new HostException(problem.Code, problem.Message);
    }

    /// <summary>
    /// Takes the lock as the policy allows: at once, by breaking another run's, or once that one ends; a run that is stopped or halted waits for
    /// nobody. The answer has no transaction when another run still holds it.
    /// </summary>
    public async Task<PrepareResult> AcquireAsync(StorePath system, ImmutableArray<StorePath> closure, LockPolicy policy, CancellationToken cancellationToken)
    {
        var request = Request(system) with { BreakLock = policy.Break };
        PrepareResult? last = null;
        HostLock? told = null;
        await link.OpenAsync(cancellationToken).ConfigureAwait(false);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, run.Closing);
        try
        {
            return await run.Time.PollUntilAsync(AskAsync, Next, waiting.Token).ConfigureAwait(false) ?? last!;
        }
        catch (OperationCanceledException) when (last is not null && !cancellationToken.IsCancellationRequested)
        {
            return last;
        }

        async Task<PrepareResult?> AskAsync(CancellationToken token)
        {
            last = await PrepareAsync(request).ConfigureAwait(false);
            if (last.HeldBy is { Guarded: false } holder && await run.IsDead(holder, cancellationToken).ConfigureAwait(false))
            {
                last = await PrepareAsync(request with { DeadRun = holder.Run }).ConfigureAwait(false);
            }

            if (last.Broken is { } broken)
            {
                await run.Emit(new LockBroken(plan.Host, broken.Describe(run.Time.GetUtcNow())) { OfDeadRun = !policy.Break }).ConfigureAwait(false);
            }

            return last.Transaction is null && !token.IsCancellationRequested ? null : last;
        }

        Task<PrepareResult> PrepareAsync(PrepareRequest asked) => link.AskAsync(open => open.PrepareAsync(asked, closure, cancellationToken), cancellationToken);

        TimeSpan? Next(TimeSpan elapsed)
        {
            var left = policy.Wait - elapsed;
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            if (last!.HeldBy is { } holder && holder != told)
            {
                told = holder;
                _ = run.Emit(new LockAwaited(plan.Host, holder.Describe(run.Time.GetUtcNow())));
            }

            return left < Pause ? left : Pause;
        }
    }

    /// <summary>Asks a host that this run has locked to go on with its preparation.</summary>
    public Task<PrepareResult> AskAsync(IHostSession session, StorePath system, ImmutableArray<StorePath> closure, CancellationToken cancellationToken) =>
        session.PrepareAsync(Request(system), closure, cancellationToken);

    private PrepareRequest Request(StorePath system) => new(run.Run, run.Controller, system, plan.Described.Target.Profile);

    /// <summary>Releases the lock; when the host cannot be asked any more, its lock shows this run and is void at the next boot.</summary>
    public async Task ReleaseAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            await link.AskAsync(
                async open =>
                {
                    await open.ReleaseAsync(transaction, cancellationToken).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (HostException e)
        {
            run.Log(plan.Host, $"The lock could not be released: {e.Message}");
        }
    }
}
