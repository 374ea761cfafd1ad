using NixDeploy.Events;

namespace NixDeploy.Reporting;

/// <summary>How far a run is, and how long it still takes, judged by what it took so far.</summary>
internal static class Estimate
{
    /// <summary>How far a host is, 0 to 100; by its steps, for nothing tells how much of a step is left.</summary>
    public static int Percent(HostProgress host) => host.Status switch
    {
        HostStatus.Pending => host.Built ? 30 : 0,
        HostStatus.Building => 10,
        HostStatus.Copying => 40,
        HostStatus.Trying => 60,
        HostStatus.Verifying => 75,
        HostStatus.Committing => 90,
        HostStatus.Deployed or HostStatus.NeedsReboot => 100,
        HostStatus.RollingBack => 30,
        _ => 0,
    };

    /// <summary>The time left, or <see langword="null"/> before a host has shown how long one takes.</summary>
    public static TimeSpan? Left(RunState state, DateTimeOffset now)
    {
        var spans = state.Hosts.Values
            .Where(h => h.Status is HostStatus.Deployed or HostStatus.NeedsReboot or HostStatus.RolledBack)
            .Select(h => h.EndedAt - h.StartedAt).OfType<TimeSpan>().ToList();
        if (state.Outcome is not null || state.Plan is null || spans.Count == 0)
        {
            return null;
        }

        var each = TimeSpan.FromTicks((long)spans.Average(s => s.Ticks));
        var left = state.Hosts.Values.Where(h => !h.Ended).ToList();
        var active = left.Where(h => h.StartedAt is not null)
            .Select(h => each - (now - h.StartedAt!.Value)).Append(TimeSpan.Zero).Max();
        var rounds = (int)Math.Ceiling(left.Count(h => h.StartedAt is null) / (double)Math.Max(1, state.Plan.Limits.Activations));
        return active + (rounds * each);
    }
}
