using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Nix;

namespace NixDeploy.Survey;

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

/// <summary>Whether one host could be rolled back.</summary>
/// <param name="Host">The host.</param>
/// <param name="Readiness">What it said; <see langword="null"/> when it could not be asked.</param>
/// <param name="Problem">Why it could not be asked.</param>
public sealed record HostReadiness(HostName Host, RollbackReadiness? Readiness, Problem? Problem)
{
    /// <summary>Whose guard is at work on the host, since when, and its lock's number; <see langword="null"/> when none keeps it from going back.</summary>
    public string? Holder { get; init; }

    /// <summary>Whether the host is simulated.</summary>
    public bool Simulated { get; init; }
}

/// <summary>Looks at many hosts at once: one connection and one command each, and none to hosts whose targets are not known.</summary>
internal static class FleetInspector
{
    /// <summary>Connections that are made at once: more of them lose some on a small controller.</summary>
    private const int AtOnce = 32;

    public static Task<ImmutableArray<HostInspection>> InspectAsync(
        HostSessions sessions, LoadedFleet fleet, IEnumerable<HostName> hosts, TimeProvider time, CancellationToken cancellationToken) => AskAsync(
        sessions,
        fleet,
        hosts,
        async (host, session, token) =>
        {
            var asked = time.GetUtcNow();
            var state = await session.InspectAsync([.. host.CriticalServices.Select(UnitName.Full)], token).ConfigureAwait(false);
            return new HostInspection(host, state, null) { AskedAt = asked, AnsweredAt = time.GetUtcNow() };
        },
        (host, problem) => new HostInspection(host, null, problem),
        cancellationToken);

    public static Task<ImmutableArray<HostReadiness>> VerifyRollbackAsync(
        HostSessions sessions, LoadedFleet fleet, CancellationToken cancellationToken) => AskAsync(
        sessions,
        fleet,
        fleet.Selected,
        async (host, session, token) =>
        {
            var found = await session.VerifyRollbackAsync(token).ConfigureAwait(false);
            return new HostReadiness(host.Name, found, null) { Holder = found.IsReady ? null : await GuardedByAsync(session, token).ConfigureAwait(false), Simulated = host.Target.IsSimulated };
        },
        (host, problem) => new HostReadiness(host.Name, null, problem) { Simulated = host.Target.IsSimulated },
        cancellationToken);

    /// <summary>Beside a guard that is at work no other can be started, and it ends by itself.</summary>
    private static async Task<string?> GuardedByAsync(IHostSession session, CancellationToken cancellationToken)
    {
        var state = await session.InspectAsync([], cancellationToken).ConfigureAwait(false);
        return state.Lock is { Guarded: true } held ? held.Describe(state.Clock) : null;
    }

    private static async Task<ImmutableArray<T>> AskAsync<T>(
        HostSessions sessions,
        LoadedFleet fleet,
        IEnumerable<HostName> names,
        Func<Host, IHostSession, CancellationToken, Task<T>> ask,
        Func<Host, Problem, T> unanswered,
        CancellationToken cancellationToken)
    {
        var hosts = names.Select(n => fleet.Fleet.Hosts[n]).ToList();
        var found = new T[hosts.Count];
        await Parallel.ForAsync(
            0, hosts.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (index, token) => found[index] = await AskOneAsync(hosts[index], token).ConfigureAwait(false)).ConfigureAwait(false);
        return [.. found];

        async Task<T> AskOneAsync(Host host, CancellationToken token)
        {
            if (fleet.Untold(host.Name) is { } problem)
            {
                return unanswered(host, problem);
            }

            try
            {
                return await sessions.AskAsync(host, fresh: true, session => ask(host, session, token), token).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                return unanswered(host, NixDeployException.ProblemOf(host.Name, e));
            }
        }
    }
}
