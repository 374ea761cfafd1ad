using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>Watches a host until its checks have all passed and kept passing for the whole window, or one has failed for good.</summary>
internal sealed class HealthWatch(TimeProvider time)
{
    /// <summary>Watches a host. It sends one request at a time.</summary>
    /// <param name="connect">
    /// Makes a connection that nobody else uses meanwhile, and closes the one that it made before: called at the beginning, and again
    /// when something could not be measured. A <see cref="HostException"/> from it means that nothing can be measured now.
    /// </param>
    /// <param name="host">The host.</param>
    /// <param name="request">How long, and the state before the activation.</param>
    /// <param name="observed">Receives each check's first result and each that differs from the one before.</param>
    /// <param name="cancellationToken">Cancels the watch; the host is not changed by it.</param>
    public async Task<HealthVerdict> WatchAsync(
        Func<CancellationToken, Task<IHostSession>> connect, Host host, HealthRequest request, Func<CheckReading, ValueTask> observed, CancellationToken cancellationToken)
    {
        var connection = new WatchedConnection(connect);
        var checks = Checks(host, request);
        while (true)
        {
            var round = time.GetUtcNow();
            var due = checks.Where(c => c.Due <= round).ToList();
            var probes = new ProbeRound(connection, time, due);
            foreach (var check in due)
            {
                var result = await probes.ProbeAsync(check, cancellationToken);
                if (check.IsChanged(result))
                {
                    await observed(new CheckReading(check.Title, result.Outcome, result.Detail));
                }

                if (check.Judge(host.Name, result, round, time.GetUtcNow()) is { } problem)
                {
                    return new(false, problem with { Units = await probes.LogsAsync(result.Culprits, request.LogsSince, cancellationToken) });
                }
            }

            var now = time.GetUtcNow();
            if (WindowEnd(checks, request) is { } end)
            {
                if (checks.TrueForAll(c => c.LastPassed >= end))
                {
                    return new(true, null);
                }

                // Every check is probed once more when the window ends, the failed units too; at once when a slow probe took longer than the window.
                foreach (var check in checks.Where(c => c.LastPassed < end && c.Due > end))
                {
                    check.ProbeBy(end, now);
                }
            }

            var next = checks.Min(c => c.Due);
            await Task.Delay(next > now ? next - now : TimeSpan.Zero, time, cancellationToken);
        }
    }

    /// <summary>Probes every check once, and what could not be measured once more over a fresh connection.</summary>
    /// <param name="connect">As for <see cref="WatchAsync"/>.</param>
    /// <param name="host">The host.</param>
    /// <param name="request">How long a probe may take, and the state before the activation.</param>
    /// <param name="cancellationToken">Cancels the probes; the host is not changed by them.</param>
    /// <returns>The result of each check, in the host's order, and of its failed units.</returns>
    public async Task<ImmutableArray<CheckReading>> CheckOnceAsync(
        Func<CancellationToken, Task<IHostSession>> connect, Host host, HealthRequest request, CancellationToken cancellationToken)
    {
        var connection = new WatchedConnection(connect);
        var checks = Checks(host, request);
        var found = new Dictionary<WatchedCheck, ProbeResult>();
        await ProbeAllAsync(checks);
        await ProbeAllAsync(checks.FindAll(c => found[c].Outcome == CheckOutcome.CouldNotMeasure));
        return [.. checks.Select(c => new CheckReading(c.Title, found[c].Outcome, found[c].Detail))];

        async Task ProbeAllAsync(List<WatchedCheck> due)
        {
            var probes = new ProbeRound(connection, time, due);
            foreach (var check in due)
            {
                found[check] = await probes.ProbeAsync(check, cancellationToken);
            }
        }
    }

    private static List<WatchedCheck> Checks(Host host, HealthRequest request)
    {
        // The failed units count only after the longest start-up, in which units may fail.
        var grace = host.AllChecks.Select(c => c.StartUp ?? request.StartUp).Append(request.StartUp).Max();
        return
        [
            .. host.AllChecks.Select(check => Watched(check, request)),
            new WatchedCheck("failed units", "ND0803", new FailedUnitsProbe(request.FailedBefore, request.MayFail), request.Timeout, null, grace ?? TimeSpan.Zero, grace is not null),
        ];
    }

    private static WatchedCheck Watched(HealthCheck check, HealthRequest request)
    {
        var timeout = check.Timeout ?? request.Timeout;
        var startUp = check.StartUp ?? request.StartUp;
        return new WatchedCheck(check.Title, "ND0801", Probes.For(check, request.Before), timeout, check.Interval, startUp ?? timeout, startUp is not null);
    }

    private static DateTimeOffset? WindowEnd(List<WatchedCheck> checks, HealthRequest request) =>
        checks.TrueForAll(c => c.FirstPassed is not null) ? checks.Max(c => c.FirstPassed) + request.Window : null;
}
