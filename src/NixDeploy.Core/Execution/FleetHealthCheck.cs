using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Health;

namespace NixDeploy.Execution;

/// <summary>Looks at the health of many hosts at once, over a connection each.</summary>
internal sealed class FleetHealthCheck(HostSessions sessions, TimeProvider time)
{
    /// <summary>Connections that are made at once: more of them lose some on a small controller.</summary>
    private const int AtOnce = 32;

    /// <summary>How well each host is.</summary>
    public async Task<ImmutableArray<HostHealth>> LookAsync(IReadOnlyList<Host> hosts, FleetSettings settings, CancellationToken cancellationToken)
    {
        var found = new HostHealth[hosts.Count];
        await Parallel.ForAsync(
            0, hosts.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (index, token) => found[index] = await LookAsync(hosts[index], settings, token).ConfigureAwait(false)).ConfigureAwait(false);
        return [.. found];
    }

    private async Task<HostHealth> LookAsync(Host host, FleetSettings settings, CancellationToken cancellationToken)
    {
        var link = new HostLink(sessions, host);
        try
        {
            var request = HealthRequest.For(host, settings);
            return new HostHealth(host.Name, await new HealthWatch(time).LookAsync(link.FreshAsync, host, request, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            await link.LeaveAsync().ConfigureAwait(false);
        }
    }
}
