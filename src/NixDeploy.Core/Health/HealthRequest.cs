using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Health;

/// <summary>What a watch is told.</summary>
internal sealed record HealthRequest
{
    /// <summary>How long every check must keep passing once all have passed; zero: one pass of each is enough. No unit may fail meanwhile.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a check may take that has no timeout of its own: to pass for the first time, for one look, and to be measurable again.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>
    /// How long failures do not count before a check has passed for the first time, unless it says so itself; <see langword="null"/>:
    /// for its timeout, but what cannot get better fails at once.
    /// </summary>
    public TimeSpan? StartUp { get; init; }

    /// <summary>The units that were failed before the new system was tried, by their full names.</summary>
    public ImmutableArray<string> FailedBefore { get; init; } = [];

    /// <summary>How busy the host was before the new system was tried; <see langword="null"/>: not known.</summary>
    public HostBaseline? Before { get; init; }

    /// <summary>What the fleet's settings and the host's own say.</summary>
    /// <param name="host">The host.</param>
    /// <param name="settings">The fleet's settings.</param>
    public static HealthRequest For(Host host, FleetSettings settings) => new()
    {
        Window = host.HealthWindow ?? settings.HealthWindow,
        Timeout = host.HealthCheckTimeout ?? settings.HealthCheckTimeout,
        StartUp = host.HealthStartUp ?? settings.HealthStartUp,
    };
}

/// <summary>What a watch found.</summary>
/// <param name="Healthy">Whether every check passed for the whole window and no unit is newly failed.</param>
/// <param name="Problem">What was seen instead.</param>
internal sealed record HealthVerdict(bool Healthy, Problem? Problem);

/// <summary>How one look at a check ended.</summary>
public enum CheckOutcome
{
    /// <summary>What must hold, holds.</summary>
    Passed,

    /// <summary>It does not hold.</summary>
    Failed,

    /// <summary>Nobody knows: the host could not be asked.</summary>
    CouldNotMeasure,
}

/// <summary>A check's answer; told when it differs from the last one.</summary>
/// <param name="Check">The check's title.</param>
/// <param name="Outcome">How the look ended.</param>
/// <param name="Detail">What was seen.</param>
public sealed record CheckReading(string Check, CheckOutcome Outcome, string Detail);
