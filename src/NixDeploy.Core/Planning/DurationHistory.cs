using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>What earlier runs of this fleet took and how they ended, host by host.</summary>
/// <param name="Hosts">The hosts that took part in any of the runs looked at.</param>
internal sealed record DurationHistory(ImmutableDictionary<HostName, HostHistory> Hosts)
{
    /// <summary>No run yet.</summary>
    public static DurationHistory Empty { get; } = new(ImmutableDictionary<HostName, HostHistory>.Empty);

    /// <summary>The medians over all hosts, for those that have no history of their own.</summary>
    public StepDurations Fleet { get; init; } = new();
}

/// <summary>A host's last runs.</summary>
/// <param name="Steps">The median of each step.</param>
/// <param name="LastFailed">Whether its last run ended in a failure.</param>
internal sealed record HostHistory(StepDurations Steps, bool LastFailed);

/// <summary>How long each step took; <see langword="null"/> where it was never seen.</summary>
internal sealed record StepDurations
{
    /// <summary>From the start of the batch until its system was built.</summary>
    public TimeSpan? Build { get; init; }

    /// <summary>From the lock until the closure was there.</summary>
    public TimeSpan? Copy { get; init; }

    /// <summary>The activation on trial.</summary>
    public TimeSpan? Activate { get; init; }

    /// <summary>From the end of the activation until it was healthy.</summary>
    public TimeSpan? Verify { get; init; }

    /// <summary>From the verdict until the commit was done.</summary>
    public TimeSpan? Commit { get; init; }
}
