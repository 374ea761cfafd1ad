using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Health;

/// <summary>What a health watch is given.</summary>
internal sealed record HealthRequest
{
    /// <summary>How long every check must keep passing once all have passed; zero: one pass of each is enough. No unit may fail meanwhile.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a check may take that has no timeout of its own: to pass for the first time, for one result, and to be measurable again.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>
    /// How long failures do not count before a check has passed for the first time, unless the check has its own; <see langword="null"/>:
    /// for its timeout, but a failure that cannot pass later counts at once.
    /// </summary>
    public TimeSpan? StartUp { get; init; }

    /// <summary>The units that were failed before the new system was activated, by their full names.</summary>
    public ImmutableArray<string> FailedBefore { get; init; } = [];

    /// <summary>Units whose failure does not count, as patterns of <see cref="UnitName.Pattern"/>.</summary>
    public ImmutableArray<string> MayFail { get; init; } = [];

    /// <summary>Since when the logs of failed units are of interest, by the host's clock; <see langword="null"/>: since its boot.</summary>
    public DateTimeOffset? LogsSince { get; init; }

    /// <summary>How busy the host was before the new system was activated; <see langword="null"/>: not known.</summary>
    public HostBaseline? Before { get; init; }

    /// <summary>What the fleet's settings and the host's own say.</summary>
    /// <param name="host">The host.</param>
    /// <param name="settings">The fleet's settings.</param>
    public static HealthRequest For(Host host, FleetSettings settings) => new()
    {
        Window = host.HealthWindow ?? settings.HealthWindow,
        Timeout = host.HealthCheckTimeout ?? settings.HealthCheckTimeout,
        StartUp = host.HealthStartUp ?? settings.HealthStartUp,
        MayFail = [.. (host.MayFail.IsEmpty ? settings.MayFail : host.MayFail).Select(UnitName.Pattern)],
    };
}

/// <summary>The result of a health watch.</summary>
/// <param name="Healthy">Whether every check passed for the whole window and no unit is newly failed.</param>
/// <param name="Problem">Why not.</param>
internal sealed record HealthVerdict(bool Healthy, Problem? Problem);

/// <summary>How one probe of a check ended.</summary>
public enum CheckOutcome
{
    /// <summary>The condition holds.</summary>
    Passed,

    /// <summary>The condition does not hold.</summary>
    Failed,

    /// <summary>Unknown: the host could not be asked.</summary>
    CouldNotMeasure,
}

/// <summary>A check's result; reported when it differs from the last one.</summary>
/// <param name="Check">The check's title.</param>
/// <param name="Outcome">How the probe ended.</param>
/// <param name="Detail">What was seen.</param>
public sealed record CheckReading(string Check, CheckOutcome Outcome, string Detail);
