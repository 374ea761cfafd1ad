using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>Watches a host until its checks have all passed and kept passing for the whole window, or one settles that they do not.</summary>
/// <param name="time">The clock; all waiting is done by it.</param>
internal sealed class HealthWatch(TimeProvider time)
{
    /// <summary>Watches a host; asks it nothing at the same time as something else.</summary>
    /// <param name="connect">
    /// Makes a connection that nobody else uses meanwhile, and closes the one that it made before: called at the beginning, and again
    /// when something could not be measured. A <see cref="HostException"/> from it means that nothing can be measured now.
    /// </param>
    /// <param name="host">The host.</param>
    /// <param name="request">How long, and what was before.</param>
    /// <param name="observed">Told of each check's first answer and of each that differs from the one before it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<HealthVerdict> WatchAsync(
        Func<CancellationToken, Task<IHostSession>> connect, Host host, HealthRequest request, Func<CheckReading, ValueTask> observed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connect);
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(observed);

        var connection = new WatchedConnection(connect);
        var checks = Checks(host, request);
        while (true)
        {
            var round = time.GetUtcNow();
            var due = checks.Where(c => c.Due <= round).ToList();
            var asked = new ProbeRound(connection, time, due);
            foreach (var check in due)
            {
                var look = await asked.LookAsync(check, cancellationToken);
                if (check.IsNews(look))
                {
                    await observed(new CheckReading(check.Title, look.Outcome, look.Detail));
                }

                if (check.Take(host.Name, look, round, time.GetUtcNow()) is { } problem)
                {
                    return new(false, problem with { Units = await asked.LogsAsync(look.Culprits, cancellationToken) });
                }
            }

            var now = time.GetUtcNow();
            if (WindowEnd(checks, request) is { } end)
            {
                if (checks.TrueForAll(c => c.LastPassed >= end))
                {
                    return new(true, null);
                }

                // Everything is looked at once more when the window ends, the failed units too; at once when a slow look has outlasted it.
                foreach (var check in checks.Where(c => c.LastPassed < end && c.Due > end))
                {
                    check.LookBy(end, now);
                }
            }

            var next = checks.Min(c => c.Due);
            await Task.Delay(next > now ? next - now : TimeSpan.Zero, time, cancellationToken);
        }
    }

    /// <summary>Looks at every check once, and at what could not be measured once more over a fresh connection.</summary>
    /// <param name="connect">As for <see cref="WatchAsync"/>.</param>
    /// <param name="host">The host.</param>
    /// <param name="request">How long a look may take, and what was before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer of each check, in the host's order, and of its failed units.</returns>
    public async Task<ImmutableArray<CheckReading>> LookAsync(
        Func<CancellationToken, Task<IHostSession>> connect, Host host, HealthRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connect);
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(request);
        var connection = new WatchedConnection(connect);
        var checks = Checks(host, request);
        var found = new Dictionary<WatchedCheck, Look>();
        await LookAsync(checks);
        await LookAsync(checks.FindAll(c => found[c].Outcome == CheckOutcome.CouldNotMeasure));
        return [.. checks.Select(c => new CheckReading(c.Title, found[c].Outcome, found[c].Detail))];

        async Task LookAsync(List<WatchedCheck> due)
        {
            var looks = new ProbeRound(connection, time, due);
            foreach (var check in due)
            {
                found[check] = await looks.LookAsync(check, cancellationToken);
            }
        }
    }

    private static List<WatchedCheck> Checks(Host host, HealthRequest request)
    {
        // A unit that may fail while it starts is not to be found among the failed ones meanwhile.
        var grace = host.AllChecks.Select(c => c.StartUp ?? request.StartUp).Append(request.StartUp).Max();
        return
        [
            .. host.AllChecks.Select(check => Watched(check, request)),
            new WatchedCheck("failed units", "ND0803", new FailedUnitsProbe(request.FailedBefore), request.Timeout, null, grace ?? TimeSpan.Zero, grace is not null),
        ];
    }

    private static WatchedCheck Watched(HealthCheck check, HealthRequest request)
    {
        var timeout = check.Timeout ?? request.Timeout;
        var startUp = check.StartUp ?? request.StartUp;
        return new WatchedCheck(check.Title, "ND0801", Probes.For(check, request.Before), timeout, check.Interval, startUp ?? timeout, startUp is not null);
    }

    private static DateTimeOffset? WindowEnd(List<WatchedCheck> checks, HealthRequest request)
    {
        var last = DateTimeOffset.MinValue;
        foreach (var check in checks)
        {
            if (check.FirstPassed is not { } passed)
            {
                return null;
            }

            last = passed > last ? passed : last;
        }

        return last + request.Window;
    }
}
