using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Reporting.Model;

/// <summary>How far a run is and how long it will still take: the plan's estimate, scaled by the hosts that are done.</summary>
internal static class Estimate
{
    /// <summary>How far a host is, 0 to 100, counted in steps: the progress within a step is not known.</summary>
    public static int Percent(HostProgress host) => host.Status switch
    {
        HostStatus.Pending => host.Built ? 30 : 0,
        HostStatus.Building => 10,
        HostStatus.Copying => 40,
        HostStatus.Testing => 50,
        HostStatus.Activating => 60,
        HostStatus.Verifying => 75,
        HostStatus.Committing or HostStatus.Rebooting => 90,
        HostStatus.Baking or HostStatus.Deployed or HostStatus.NeedsReboot or HostStatus.DryActivated => 100,
        HostStatus.RollingBack => 30,
        _ => 0,
    };

    /// <summary>How long one host is expected to take, from its build to its commit; zero without an estimate.</summary>
    public static TimeSpan Expected(HostPlan host) => host.Estimate.Build + host.Estimate.Work;

    /// <summary>How long a host was being deployed, without the wait for its turn after the build; <see langword="null"/> when it was not.</summary>
    public static TimeSpan? Took(HostProgress host)
    {
        TimeSpan? took = null;
        for (var i = 0; i + 1 < host.Timeline.Length; i++)
        {
            if (host.Timeline[i].Status is HostStatus.Building or HostStatus.Copying or HostStatus.Testing or HostStatus.Activating or HostStatus.Verifying or HostStatus.Committing)
            {
                took = (took ?? TimeSpan.Zero) + (host.Timeline[i + 1].At - host.Timeline[i].At);
            }
        }

        return took;
    }

    /// <summary>The time left, or <see langword="null"/> when neither the plan nor a host has said how long one takes.</summary>
    public static TimeSpan? Left(RunState state, DateTimeOffset now)
    {
        if (state.Outcome is not null || state.Plan is not { } plan)
        {
            return null;
        }

        return plan.Estimate.Total > TimeSpan.Zero ? Scaled(state, plan, now) : ByHosts(state, plan, now);
    }

    /// <summary>The plan's own number, as much longer or shorter as those hosts took that are done.</summary>
    private static TimeSpan Scaled(RunState state, DeploymentPlan plan, DateTimeOffset now)
    {
        var (expected, took) = (TimeSpan.Zero, TimeSpan.Zero);
        var longest = TimeSpan.Zero;
        foreach (var host in plan.Hosts.OrEmpty())
        {
            if (!state.Hosts.TryGetValue(host.Host, out var progress))
            {
                continue;
            }

            if (Succeeded(progress) && Took(progress) is { } span)
            {
                (expected, took) = (expected + Expected(host), took + span);
            }
            else if (!progress.Ended && progress.StartedAt is null)
            {
                longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, Expected(host).Ticks));
            }
        }

        // A host that has not started needs its whole time, however late the run is.
        var pace = expected > TimeSpan.Zero && took > TimeSpan.Zero ? took / expected : 1;
        var left = (pace * plan.Estimate.Total) - (now - (state.StartedAt ?? now));
        return TimeSpan.FromTicks(Math.Max(left.Ticks, (pace * longest).Ticks));
    }

    /// <summary>Rounds of as many hosts as may be activated at once, each as long as those were that are done.</summary>
    private static TimeSpan? ByHosts(RunState state, DeploymentPlan plan, DateTimeOffset now)
    {
        var spans = state.Hosts.Values.Where(h => Succeeded(h) || h.Status is HostStatus.RolledBack).Select(h => h.EndedAt - h.StartedAt).OfType<TimeSpan>().ToList();
        if (spans.Count == 0)
        {
            return null;
        }

        var each = TimeSpan.FromTicks((long)spans.Average(s => s.Ticks));
        var left = state.Hosts.Values.Where(h => !h.Ended).ToList();
        var active = left.Where(h => h.StartedAt is not null).Select(h => each - (now - h.StartedAt!.Value)).Append(TimeSpan.Zero).Max();
        var rounds = (int)Math.Ceiling(left.Count(h => h.StartedAt is null) / (double)Math.Max(1, plan.Limits.Activations));
        return active + (rounds * each);
    }

    private static bool Succeeded(HostProgress host) => host.Status is HostStatus.Baking or HostStatus.Deployed or HostStatus.NeedsReboot;
}
