using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Hosts;

namespace NixDeploy.Execution;

/// <summary>What one host answered when it was looked at.</summary>
/// <param name="Host">The host.</param>
/// <param name="State">What it said; <see langword="null"/> when it could not be asked.</param>
/// <param name="Problem">Why it could not be asked.</param>
public sealed record HostInspection(Host Host, HostState? State, Problem? Problem)
{
    /// <summary>When it was asked, by the controller's clock.</summary>
    public DateTimeOffset AskedAt { get; init; }

    /// <summary>When its answer was there, by the controller's clock.</summary>
    public DateTimeOffset AnsweredAt { get; init; }
}

/// <summary>Looks at many hosts at once: one connection and one command each.</summary>
internal static class FleetInspector
{
    /// <summary>Connections that are made at once: more of them lose some on a small controller.</summary>
    private const int AtOnce = 32;

    public static async Task<ImmutableArray<HostInspection>> InspectAsync(
        HostSessions sessions, IReadOnlyList<Host> hosts, TimeProvider time, CancellationToken cancellationToken)
    {
        var found = new HostInspection[hosts.Count];
        await Parallel.ForAsync(
            0, hosts.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (index, token) => found[index] = await InspectAsync(sessions, hosts[index], time, token).ConfigureAwait(false)).ConfigureAwait(false);
        return [.. found];
    }

    private static async Task<HostInspection> InspectAsync(HostSessions sessions, Host host, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var session = await sessions.OpenAsync(host, cancellationToken).ConfigureAwait(false);
            try
            {
                var asked = time.GetUtcNow();
                var state = await session.InspectAsync([.. host.CriticalServices.Select(UnitName.Full)], cancellationToken).ConfigureAwait(false);
                var answered = time.GetUtcNow();
                await sessions.ReturnAsync(host, session).ConfigureAwait(false);
                return new HostInspection(host, state, null) { AskedAt = asked, AnsweredAt = answered };
            }
            catch
            {
                await session.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch (NixDeployException e)
        {
            return new HostInspection(host, null, e.ToProblem());
        }
    }
}
