using System.Collections.Immutable;

namespace NixDeploy.Fleets;

/// <summary>Settings of the whole fleet (<c>gemini.deployment-coordinator</c>, or <c>deployment-coordinator</c> in fleet.json).</summary>
public sealed record FleetSettings
{
    private readonly LimitsByTag tagLimits = new(ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal));

    /// <summary>The strategy's name (<c>strategy</c>). Default smart.</summary>
    public string Strategy { get; init; } = "smart";

    /// <summary>How many hosts may be activated at once (<c>parallel-limit</c>), 1 or more. Default 4.</summary>
    public int ParallelLimit { get; init; } = 4;

    /// <summary>How long one health check may take (<c>health-check-timeout</c>, seconds). Default 120 s.</summary>
    public TimeSpan HealthCheckTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>
    /// How long failures do not count before a check has passed for the first time (<c>health-start-up</c>, seconds);
    /// <see langword="null"/>: its timeout, but what cannot get better fails at once.
    /// </summary>
    public TimeSpan? HealthStartUp { get; init; }

    /// <summary>How long checks must keep passing (<c>health-window</c>, seconds). Default 60 s.</summary>
    public TimeSpan HealthWindow { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes that must stay free on a host's /nix/store besides what is copied (<c>disk-reserve</c>, mebibytes). Default 512 MiB.</summary>
    public long DiskReserveBytes { get; init; } = 512L << 20;

    /// <summary>How far a host's clock may be off before people are warned (<c>max-clock-skew</c>, seconds). Default 60 s.</summary>
    public TimeSpan MaxClockSkew { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether hosts are guarded and taken back when they fail (<c>auto-rollback</c>). Default true.</summary>
    public bool AutoRollback { get; init; } = true;

    /// <summary>How long the host's guard waits for a verdict (<c>guard-timeout</c>, seconds), longer than any window; <see langword="null"/>: long enough for the checks.</summary>
    public TimeSpan? GuardTimeout { get; init; }

    /// <summary>Whether the guard may reboot a host that it cannot bring back otherwise (<c>guard-reboot</c>). Default true.</summary>
    public bool GuardReboot { get; init; } = true;

    /// <summary>Whether hosts are rebooted once they are deployed (<c>reboot</c>). Default never.</summary>
    public RebootPolicy Reboot { get; init; } = RebootPolicy.Never;

    /// <summary>How long a host may take to be back from a reboot (<c>reboot-timeout</c>, seconds). Default 10 min.</summary>
    public TimeSpan RebootTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What happens to the others when a host fails (<c>on-failure</c>). Default continue.</summary>
    public OnFailure OnFailure { get; init; } = OnFailure.Continue;

    /// <summary>How many hosts may fail before the run is halted and taken back (<c>max-failures</c>). Default 1.</summary>
    public FailureBudget MaxFailures { get; init; } = FailureBudget.Default;

    /// <summary>What becomes of hosts that cannot be reached (<c>off-line</c>). Default fail.</summary>
    public UnreachablePolicy Unreachable { get; init; } = UnreachablePolicy.Fail;

    /// <summary>How many hosts may receive a closure at once (<c>copy-limit</c>), 1 or more; <see langword="null"/>: as many as <see cref="ParallelLimit"/>.</summary>
    public int? CopyLimit { get; init; }

    /// <summary>How many of the hosts with a tag may be activated at once (<c>tag-limits</c>), 1 or more for each tag.</summary>
    public ImmutableSortedDictionary<string, int> TagLimits
    {
        get => tagLimits.Limits;
        init => tagLimits = new LimitsByTag(value);
    }

    /// <summary>Which hosts go first when the strategy is canary, or smart finds one wise (<c>canary</c>).</summary>
    public CanarySettings Canary { get; init; } = new();

    /// <summary>Who is told (<c>notifications</c>).</summary>
    public NotificationSettings Notifications { get; init; } = new();

    /// <summary>Two dictionaries with the same content are equal here, so that two settings that say the same are.</summary>
    private sealed record LimitsByTag(ImmutableSortedDictionary<string, int> Limits)
    {
        public bool Equals(LimitsByTag? other) => other is not null && Limits.SequenceEqual(other.Limits);

        public override int GetHashCode() => Limits.Aggregate(0, HashCode.Combine);
    }
}

/// <summary>What happens to the other hosts when one fails.</summary>
public enum OnFailure
{
    /// <summary>Hosts that do not depend on it go on.</summary>
    Continue,

    /// <summary>No further host is started.</summary>
    Abort,
}

/// <summary>What becomes of a host that cannot be reached.</summary>
public enum UnreachablePolicy
{
    /// <summary>It and its dependents are blocked.</summary>
    Fail,

    /// <summary>It is left out of the run as if nobody had named it; its dependents go on.</summary>
    Skip,

    /// <summary>It and its dependents are put off until the next run.</summary>
    Defer,
}

/// <summary>How many hosts may fail while deploying before the whole run is taken back.</summary>
/// <param name="Count">A number of hosts, 0 or more; or <see langword="null"/> when <paramref name="Percent"/> is given.</param>
/// <param name="Percent">A share of the run's hosts, 0 to 100; or <see langword="null"/>.</param>
public sealed record FailureBudget(int? Count, double? Percent)
{
    /// <summary>One failure is borne; the second one halts the run.</summary>
    public static FailureBudget Default { get; } = new(1, null);

    /// <summary>Whether it is one of the two, and in its range.</summary>
    internal bool IsValid => (Count, Percent) is ( >= 0, null) or (null, >= 0 and <= 100);

    /// <summary>The budget that a number or a share makes.</summary>
    internal static FailureBudget Of(HostShare share) => new(share.Count, share.Percent);

    /// <summary>The number of failures that are borne in a run of so many hosts.</summary>
    public int AllowedOf(int hosts) => Count ?? (int)Math.Floor(hosts * Percent.GetValueOrDefault() / 100);
}

/// <summary>Who is told of what happens (<c>notifications</c>).</summary>
public sealed record NotificationSettings
{
    /// <summary>Whether anybody is told (<c>enable</c>). Default false.</summary>
    public bool Enable { get; init; }

    /// <summary>An e-mail address (<c>email</c>).</summary>
    public string? Email { get; init; }

    /// <summary>A Slack webhook's URL (<c>slack-webhook</c>). A secret: never logged.</summary>
    public string? SlackWebhook { get; init; }
}
