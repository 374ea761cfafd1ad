using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>
/// Takes a host's lock as the plan allows: at once, by breaking another run's, or once that one lets go; nobody is waited for in a run that is stopped or halted.
/// </summary>
internal sealed class HostLocking(RunContext run, HostName host, LockPolicy patience)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Prepares the host; without a transaction in the answer somebody else holds the lock still.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="request">What is to be deployed.</param>
    /// <param name="closure">The new system's closure.</param>
    /// <param name="cancellationToken">Leaves at once.</param>
    public async Task<PrepareResult> TakeAsync(
        IHostSession session, PrepareRequest request, ImmutableArray<StorePath> closure, CancellationToken cancellationToken)
    {
        var begin = run.Time.GetTimestamp();
        HostLock? told = null;
        while (true)
        {
            var prepared = await session.PrepareAsync(request with { BreakLock = patience.Break }, closure, cancellationToken).ConfigureAwait(false);
            if (prepared.Broken is { } broken)
            {
                await run.Emit(new LockBroken(host, broken.Describe(run.Time.GetUtcNow()))).ConfigureAwait(false);
            }

            var left = patience.Wait - run.Time.GetElapsedTime(begin);
            if (prepared.Transaction is not null || left <= TimeSpan.Zero || run.Closing.IsCancellationRequested)
            {
                return prepared;
            }

            if (prepared.HeldBy is { } holder && holder != told)
            {
                told = holder;
                _ = run.Emit(new LockAwaited(host, holder.Describe(run.Time.GetUtcNow())));
            }

            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, run.Closing);
            try
            {
                await Task.Delay(left < Pause ? left : Pause, run.Time, waiting.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return prepared;
            }
        }
    }
}
