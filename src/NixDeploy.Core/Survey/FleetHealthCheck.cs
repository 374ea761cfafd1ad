using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Hosts;
using NixDeploy.Nix;

namespace NixDeploy.Survey;

/// <summary>Looks at the health of many hosts at once, over a connection each.</summary>
internal sealed class FleetHealthCheck(HostSessions sessions, TimeProvider time)
{
    /// <summary>Connections that are made at once: more of them lose some on a small controller.</summary>
    private const int AtOnce = 32;

    /// <summary>How well each selected host is.</summary>
    public async Task<ImmutableArray<HostHealth>> LookAsync(LoadedFleet fleet, CancellationToken cancellationToken)
    {
        var hosts = fleet.Selected.Select(h => fleet.Fleet.Hosts[h]).ToList();
        var found = new HostHealth[hosts.Count];
        await Parallel.ForAsync(
            0, hosts.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (index, token) => found[index] = fleet.Untold(hosts[index].Name) is { } problem
                ? new HostHealth(hosts[index].Name, [new CheckReading("evaluation", CheckOutcome.CouldNotMeasure, problem.Message.TrimEnd('.'))])
                : await LookAsync(hosts[index], fleet.Fleet.Settings, token).ConfigureAwait(false)).ConfigureAwait(false);
        return [.. found];
    }

    private async Task<HostHealth> LookAsync(Host host, FleetSettings settings, CancellationToken cancellationToken)
    {
        var link = new HostLink(sessions, host);
        try
        {
            var request = HealthRequest.For(host, settings);
            return new HostHealth(host.Name, await new HealthWatch(time).CheckOnceAsync(link.ReconnectAsync, host, request, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return new HostHealth(host.Name, [new CheckReading("connection", CheckOutcome.CouldNotMeasure, NixDeployException.ProblemOf(host.Name, e).Message.TrimEnd('.'))]);
        }
        finally
        {
            await link.CloseAsync().ConfigureAwait(false);
        }
    }
}
