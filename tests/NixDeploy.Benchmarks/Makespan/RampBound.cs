using NixDeploy.Topology;

namespace NixDeploy.Benchmarks.Makespan;

/// <summary>How long a run takes at least, counting that places stay empty while too few hosts may start yet, or too few are left.</summary>
/// <remarks>
/// No host starts before the longest way to it is done, so nobody can have done more by any moment than hosts that all start that early,
/// nor more than the limit lets through since. The same holds backwards from the end.
/// </remarks>
internal static class RampBound
{
    public static TimeSpan Of(RandomShape shape)
    {
        var dependents = Edges.Backwards(shape.Dependencies);
        var fromStart = Least(shape, Enumerable.Range(0, dependents.Length), host => shape.Dependencies[host]);
        var fromEnd = Least(shape, Enumerable.Range(0, dependents.Length).Reverse(), host => dependents[host]);
        return fromStart > fromEnd ? fromStart : fromEnd;
    }

    /// <param name="shape">The fleet.</param>
    /// <param name="order">Its hosts, each behind those that it waits for.</param>
    /// <param name="before">The hosts that a host waits for.</param>
    private static TimeSpan Least(RandomShape shape, IEnumerable<int> order, Func<int, IEnumerable<int>> before)
    {
        var ends = new TimeSpan[shape.Durations.Length];
        var changes = new List<(TimeSpan At, int Hosts)>();
        foreach (var host in order)
        {
            var start = before(host).Select(b => ends[b]).DefaultIfEmpty(TimeSpan.Zero).Max();
            ends[host] = start + shape.Durations[host];
            changes.AddRange([(start, 1), (ends[host], -1)]);
        }

        var (now, active, waiting) = (TimeSpan.Zero, 0, TimeSpan.Zero);
        foreach (var (at, hosts) in changes.OrderBy(c => c.At))
        {
            waiting += (at - now) * (active - shape.Limit);
            waiting = waiting > TimeSpan.Zero ? waiting : TimeSpan.Zero;
            (now, active) = (at, active + hosts);
        }

        return now + (waiting / shape.Limit);
    }
}
