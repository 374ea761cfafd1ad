using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Hosts;
using NixDeploy.Planning;
using NixDeploy.Scheduling;

namespace NixDeploy.Execution;

/// <summary>Watches the hosts that a stage has deployed, before the next stage begins.</summary>
internal sealed class StageBake(RunContext run, DeploymentPlan plan)
{
    /// <summary>So many are watched all the time, each over a connection of its own; the others are looked at when the time is over.</summary>
    private const int WatchedThroughout = 64;

    /// <summary>Watches them; hosts that fail are written down as failed, and the scheduler says what becomes of them.</summary>
    /// <param name="bake">The stage.</param>
    /// <param name="stop">Ends the bake early when the run is stopped: no host has failed then.</param>
    /// <param name="cancellationToken">Cancels the bake; the hosts stay deployed.</param>
    public async Task RunAsync(Decision.Bake bake, CancellationToken stop, CancellationToken cancellationToken)
    {
        var plans = plan.Hosts.ToDictionary(h => h.Host);

        // What a host shows that still runs its old system is nothing to hold against the new one.
        ImmutableArray<HostName> watched = [.. bake.Hosts.Where(h => plans[h].RunsAtOnce)];
        await run.Emit(new BakeStarted(bake.Stage, watched, bake.For)).ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, cancellationToken);
        using var looks = new SemaphoreSlim(WatchedThroughout);
        bool[] passed;
        try
        {
            passed = await Task.WhenAll(watched.Select((host, i) =>
                WatchAsync(plans[host], bake.For, i < WatchedThroughout, looks, either.Token))).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            passed = [false];
        }

        await run.Emit(new BakeEnded(bake.Stage, passed.All(p => p))).ConfigureAwait(false);
    }

    private async Task<bool> WatchAsync(HostPlan host, TimeSpan time, bool throughout, SemaphoreSlim looks, CancellationToken cancellationToken)
    {
        if (!throughout)
        {
            await Task.Delay(time, run.Time, cancellationToken).ConfigureAwait(false);
        }

        await looks.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var verdict = await LookAsync(host, throughout ? time : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            if (!verdict.Healthy)
            {
                await run.Emit(new HostFailed(host.Host, verdict.Problem!, Activated: true)).ConfigureAwait(false);
            }

            return verdict.Healthy;
        }
        finally
        {
            looks.Release();
        }
    }

    private async Task<HealthVerdict> LookAsync(HostPlan host, TimeSpan window, CancellationToken cancellationToken)
    {
        var link = new HostLink(run.Sessions, host.Described);
        try
        {
            var request = PlannedHealth.Of(host) with { Window = window };
            return await new HealthWatch(run.Time).WatchAsync(link.ReconnectAsync, host.Described, request, reading => run.Tell(host.Host, reading), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await link.CloseAsync().ConfigureAwait(false);
        }
    }
}
