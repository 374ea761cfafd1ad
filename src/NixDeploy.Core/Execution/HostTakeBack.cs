using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Hosts;
using NixDeploy.Planning;

namespace NixDeploy.Execution;

/// <summary>Brings a host that this run has committed back to the system and generation that it had before.</summary>
internal sealed class HostTakeBack(RunContext run, HostPlan plan)
{
    private readonly Host host = run.Fleet.Hosts[plan.Host];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await run.Emit(new RestoreStarted(plan.Host, "The run is taken back.")).ConfigureAwait(false);
        var end = await GoBackAsync(cancellationToken).ConfigureAwait(false);
        await run.Emit(end).ConfigureAwait(false);
    }

    private async Task<HostEvent> GoBackAsync(CancellationToken cancellationToken)
    {
        if (plan.From.System is not { } old)
        {
            return Failed("it is not known what it ran before");
        }

        try
        {
            var session = await run.Sessions.OpenAsync(host, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                var request = new PrepareRequest(run.Run, run.Controller, old, host.Target.Profile);
                var prepared = await session.PrepareAsync(request, [], cancellationToken).ConfigureAwait(false);
                if (prepared.Transaction is not { } transaction)
                {
                    return Failed(HostProblems.Locked(plan.Host, prepared.HeldBy, run.Time.GetUtcNow()).Message);
                }

                var tried = await session.TryAsync(
                    new TryRequest(transaction, old, host.Target.Profile)
                    {
                        Guard = plan.Guard,
                        GuardReboot = run.Fleet.Settings.GuardReboot,
                        Generation = plan.From.Generation,
                    },
                    cancellationToken).ConfigureAwait(false);
                if (tried.CurrentSystem != old)
                {
                    await session.RestoreAsync(transaction, cancellationToken).ConfigureAwait(false);
                    return Failed(HostProblems.Activation(plan, tried).Message);
                }

                var state = await session.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
                return state.Phase == TransactionPhase.Committed
                    ? new HostRestored(plan.Host, old, state.Generation, ByItself: false)
                    : new RestoreFailed(plan.Host, HostProblems.NotRestored(plan, host, state), Unknown: false);
            }
        }
        catch (HostException e)
        {
            return Failed(e.Message);
        }
    }

    private RestoreFailed Failed(string why) => new(plan.Host, HostProblems.NotTakenBack(plan, host, why), Unknown: false);
}
