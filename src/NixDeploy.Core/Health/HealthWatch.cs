using NixDeploy.Fleets;
using NixDeploy.Hosts;

namespace NixDeploy.Health;

/// <summary>Watches a host until its checks have all passed and kept passing for the whole window, or one settles that they do not.</summary>
/// <param name="time">The clock; all waiting is done by it.</param>
public sealed class HealthWatch(TimeProvider time)
{
    /// <summary>Watches a host; asks it nothing at the same time as something else.</summary>
    /// <param name="session">A connection to the host, not used by anybody else meanwhile.</param>
    /// <param name="host">The host.</param>
    /// <param name="request">How long, and what was failed before.</param>
    /// <param name="observed">Told of each check's first answer and of each that differs from the one before it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<HealthVerdict> WatchAsync(
        IHostSession session, Host host, HealthRequest request, Func<CheckReading, ValueTask> observed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(observed);

        var checks = Checks(host, request);
        while (true)
        {
            var round = time.GetUtcNow();
            var due = checks.Where(c => c.Due <= round).ToList();
            var asked = new Round(session, time, [.. due.SelectMany(c => c.Probe.Units).Distinct()], due.Exists(c => c.Probe.WantsFailedUnits));
            foreach (var check in due)
            {
                var look = await LookAsync(check, asked, cancellationToken);
                if (check.IsNews(look))
                {
                    await observed(new CheckReading(check.Title, look.Outcome, look.Detail));
                }

                if (check.Take(host.Name, look, round, time.GetUtcNow()) is { } problem)
                {
                    return new(false, problem with { Units = await UnitLogs.OfAsync(session, look.Culprits, cancellationToken) });
                }
            }

            var now = time.GetUtcNow();
            if (WindowEnd(checks, request) is { } end)
            {
                if (checks.TrueForAll(c => c.LastPassed >= end))
                {
                    return new(true, null);
                }

                // Everything is looked at once more when the window ends, the failed units too.
                foreach (var check in checks.Where(c => end > now && c.Due > end))
                {
                    check.Due = end;
                }
            }

            var next = checks.Min(c => c.Due);
            await Task.Delay(next > now ? next - now : TimeSpan.Zero, time, cancellationToken);
        }
    }

    private List<WatchedCheck> Checks(Host host, HealthRequest request)
    {
        var now = time.GetUtcNow();
        return
        [
            .. host.AllChecks.Select(check => new WatchedCheck(
                check.Title, "ND0801", Probes.For(check), check.Timeout ?? request.Timeout, check.Interval, now + (request.StartUp ?? check.Timeout ?? request.Timeout))),
            new WatchedCheck("failed units", "ND0803", new FailedUnitsProbe(request.FailedBefore), request.Timeout, null, now),
        ];
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

        return checks.Count > 1 ? last + request.Window : last;
    }

    private static async Task<Look> LookAsync(WatchedCheck check, Round round, CancellationToken cancellationToken)
    {
        try
        {
            return await check.Probe.LookAsync(round, check.LimitAt(round.Time.GetUtcNow()), cancellationToken);
        }
        catch (Exception e) when (e is HostException or IOException)
        {
            return Look.CouldNotMeasure(e.Message.TrimEnd('.'));
        }
    }
}
