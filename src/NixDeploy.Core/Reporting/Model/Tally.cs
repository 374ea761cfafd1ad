using NixDeploy.Events;

namespace NixDeploy.Reporting.Model;

/// <summary>A run in numbers.</summary>
/// <param name="Hosts">Every host of the plan.</param>
/// <param name="Changed">Those that were to change: all but the skipped ones.</param>
/// <param name="Ended">Those of the changed ones that came to an end, good or bad.</param>
/// <param name="Deployed">Those that have the new system, waiting for a reboot or not.</param>
/// <param name="RolledBack">Those that are back on their old system.</param>
internal sealed record Tally(int Hosts, int Changed, int Ended, int Deployed, int RolledBack)
{
    /// <summary>How many hosts have each status.</summary>
    public required IReadOnlyDictionary<HostStatus, int> ByStatus { get; init; }

    /// <summary>The share of the changed hosts that are deployed, rounded down; <see langword="null"/> when none was to change.</summary>
    public int? SuccessPercent => Changed == 0 ? null : Deployed * 100 / Changed;

    /// <summary>How many hosts have this status.</summary>
    public int Of(HostStatus status) => ByStatus.GetValueOrDefault(status);

    /// <summary>Counts a run's hosts.</summary>
    public static Tally Of(RunState state)
    {
        var counts = state.Hosts.Values.CountBy(h => h.Status).ToDictionary();
        int Count(HostStatus status) => counts.GetValueOrDefault(status);

        var changed = state.Hosts.Count - Count(HostStatus.Skipped) - Count(HostStatus.Deferred);
        return new(
            state.Hosts.Count,
            changed,
            state.Hosts.Values.Count(h => h.Ended && h.Status is not (HostStatus.Skipped or HostStatus.Deferred)),
            Count(HostStatus.Deployed) + Count(HostStatus.NeedsReboot),
            Count(HostStatus.RolledBack))
        {
            ByStatus = counts,
        };
    }
}
