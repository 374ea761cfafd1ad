using System.Collections.Immutable;
using Newtonsoft.Json;
using NixDeploy.Fleets.Description;

namespace NixDeploy.Fleets;

/// <summary>Settings of the whole fleet (<c>gemini.deployment-coordinator</c>, or <c>deployment-coordinator</c> in fleet.json).</summary>
[JsonConverter(typeof(SettingsJson))]
public sealed record FleetSettings
{
    /// <summary>The strategy's name (<c>strategy</c>). Default smart.</summary>
    public string Strategy { get => Values.Get(Settings.Strategy); init => Values = Values.With(Settings.Strategy, value); }

    /// <summary>How many hosts may be activated at once (<c>parallel-limit</c>), 1 or more. Default 4.</summary>
    public int ParallelLimit { get => Values.Get(Settings.ParallelLimit); init => Values = Values.With(Settings.ParallelLimit, value); }

    /// <summary>How long one health check may take (<c>health-check-timeout</c>, seconds). Default 120 s.</summary>
    public TimeSpan HealthCheckTimeout { get => Values.Get(Settings.HealthCheckTimeout); init => Values = Values.With(Settings.HealthCheckTimeout, value); }

    /// <summary>How long failures do not count before a check has passed for the first time (<c>health-start-up</c>, seconds); <see langword="null"/>: its timeout, but what cannot get better fails at once.</summary>
    public TimeSpan? HealthStartUp { get => Values.Given(Settings.HealthStartUp); init => Values = Values.With(Settings.HealthStartUp, value); }

    /// <summary>Units that may fail on every host that names none of its own (<c>may-fail</c>).</summary>
    public ImmutableArray<string> MayFail { get => Values.Get(Settings.MayFail); init => Values = Values.With(Settings.MayFail, value.OrEmpty()); }

    /// <summary>How long checks must keep passing (<c>health-window</c>, seconds). Default 60 s.</summary>
    public TimeSpan HealthWindow { get => Values.Get(Settings.HealthWindow); init => Values = Values.With(Settings.HealthWindow, value); }

    /// <summary>Bytes that must stay free on a host's /nix/store besides what is copied (<c>disk-reserve</c>, mebibytes). Default 512 MiB.</summary>
    public long DiskReserveBytes { get => Values.Get(Settings.DiskReserve); init => Values = Values.With(Settings.DiskReserve, value); }

    /// <summary>How far a host's clock may be off before the plan warns of it (<c>max-clock-skew</c>, seconds). Default 60 s.</summary>
    public TimeSpan MaxClockSkew { get => Values.Get(Settings.MaxClockSkew); init => Values = Values.With(Settings.MaxClockSkew, value); }

    /// <summary>Whether hosts are guarded, and rolled back when they fail (<c>auto-rollback</c>). Default true.</summary>
    public bool AutoRollback { get => Values.Get(Settings.AutoRollback); init => Values = Values.With(Settings.AutoRollback, value); }

    /// <summary>How long a host's guard waits for a verdict (<c>guard-timeout</c>, seconds), longer than any window; <see langword="null"/>: long enough for the checks.</summary>
    public TimeSpan? GuardTimeout { get => Values.Given(Settings.GuardTimeout); init => Values = Values.With(Settings.GuardTimeout, value); }

    /// <summary>Whether the guard may reboot a host that it cannot roll back otherwise (<c>guard-reboot</c>). Default true.</summary>
    public bool GuardReboot { get => Values.Get(Settings.GuardReboot); init => Values = Values.With(Settings.GuardReboot, value); }

    /// <summary>Whether hosts are rebooted once they are deployed (<c>reboot</c>). Default never.</summary>
    public RebootPolicy Reboot { get => Values.Get(Settings.Reboot); init => Values = Values.With(Settings.Reboot, value); }

    /// <summary>How long a host may take to answer again after a reboot (<c>reboot-timeout</c>, seconds). Default 10 min.</summary>
    public TimeSpan RebootTimeout { get => Values.Get(Settings.RebootTimeout); init => Values = Values.With(Settings.RebootTimeout, value); }

    /// <summary>What happens to the others when a host fails (<c>on-failure</c>). Default continue.</summary>
    public OnFailure OnFailure { get => Values.Get(Settings.OnFailure); init => Values = Values.With(Settings.OnFailure, value); }

    /// <summary>What happens to the other hosts when one does not evaluate or build (<c>on-build-failure</c>). Default abort.</summary>
    public OnBuildFailure OnBuildFailure { get => Values.Get(Settings.OnBuildFailure); init => Values = Values.With(Settings.OnBuildFailure, value); }

    /// <summary>How many hosts may fail before the run is stopped and rolled back (<c>max-failures</c>). Default 1.</summary>
    public FailureBudget MaxFailures { get => Values.Get(Settings.MaxFailures); init => Values = Values.With(Settings.MaxFailures, value); }

    /// <summary>What happens to hosts that cannot be reached (<c>unreachable</c>). Default fail.</summary>
    public UnreachablePolicy Unreachable { get => Values.Get(Settings.Unreachable); init => Values = Values.With(Settings.Unreachable, value); }

    /// <summary>Configurations that are not deployed, by name or pattern (<c>exclude</c>).</summary>
    public ImmutableArray<string> Exclude { get => Values.Get(Settings.Exclude); init => Values = Values.With(Settings.Exclude, value.OrEmpty()); }

    /// <summary>What happens to hosts whose machine-id alone has changed (<c>machine-id</c>). Default warn.</summary>
    public MachineIdPolicy MachineId { get => Values.Get(Settings.MachineId); init => Values = Values.With(Settings.MachineId, value); }

    /// <summary>How many hosts may receive a closure at once (<c>copy-limit</c>), 1 or more; <see langword="null"/>: as many as <see cref="ParallelLimit"/>.</summary>
    public int? CopyLimit { get => Values.Given(Settings.CopyLimit); init => Values = Values.With(Settings.CopyLimit, value); }

    /// <summary>How many of the hosts with a tag may be activated at once (<c>tag-limits</c>), 1 or more for each tag.</summary>
    public ImmutableSortedDictionary<string, int> TagLimits { get => Values.Get(Settings.TagLimits); init => Values = Values.With(Settings.TagLimits, value); }

    /// <summary>Which hosts go first when the strategy is canary, or smart finds one wise (<c>canary</c>).</summary>
    public CanarySettings Canary { get => new() { Values = Values.Of("canary") }; init => Values = Values.With("canary", value.Values); }

    /// <summary>Who is notified (<c>notifications</c>).</summary>
    public NotificationSettings Notifications { get => new() { Values = Values.Of("notifications") }; init => Values = Values.With("notifications", value.Values); }

    /// <summary>What is given and differs from its default: saying the default is the same as saying nothing.</summary>
    internal SettingValues Values { get; init => field = value.WithoutDefaults(); } = SettingValues.Empty;
}

/// <summary>What happens to the other hosts when one fails.</summary>
public enum OnFailure
{
    /// <summary>Hosts that do not depend on it go on.</summary>
    Continue,

    /// <summary>No further host is started.</summary>
    Abort,
}

/// <summary>What happens to a host whose machine-id alone has changed.</summary>
public enum MachineIdPolicy
{
    /// <summary>It is deployed, with a warning: on hosts without a lasting root file system the id changes with every boot.</summary>
    Warn,

    /// <summary>It is refused.</summary>
    Strict,
}

/// <summary>What happens to the other hosts when a selected one does not evaluate or build.</summary>
public enum OnBuildFailure
{
    /// <summary>No host is activated unless every selected host evaluates and builds; copies may go ahead.</summary>
    Abort,

    /// <summary>Hosts that do not depend on it go on.</summary>
    Continue,
}

/// <summary>What becomes of a host that cannot be reached.</summary>
public enum UnreachablePolicy
{
    /// <summary>It and its dependents are blocked.</summary>
    Fail,

    /// <summary>It is skipped as if nobody had selected it; its dependents go on.</summary>
    Skip,

    /// <summary>It and its dependents are deferred to the next run.</summary>
    Defer,
}

/// <summary>How many hosts may fail while deploying before the whole run is rolled back.</summary>
/// <param name="Count">A number of hosts, 0 or more; or <see langword="null"/> when <paramref name="Percent"/> is given.</param>
/// <param name="Percent">A share of the run's hosts, 0 to 100; or <see langword="null"/>.</param>
public sealed record FailureBudget(int? Count, double? Percent)
{
    /// <summary>One failure is allowed; the second one stops the run.</summary>
    public static FailureBudget Default { get; } = new(1, null);

    /// <summary>Whether it is one of the two, and in its range.</summary>
    internal bool IsValid => (Count, Percent) is ( >= 0, null) or (null, >= 0 and <= 100);

    /// <summary>The budget that a number or a share makes.</summary>
    internal static FailureBudget Of(HostShare share) => new(share.Count, share.Percent);

    /// <summary>How many failures are allowed in a run of so many hosts.</summary>
    public int AllowedOf(int hosts) => Count ?? (int)Math.Floor(hosts * Percent.GetValueOrDefault() / 100);
}

/// <summary>Who is notified of what happens (<c>notifications</c>).</summary>
public sealed record NotificationSettings
{
    /// <summary>Whether anybody is notified (<c>enable</c>). Default false.</summary>
    public bool Enable { get => Values.Get(Settings.Notify); init => Values = Values.With(Settings.Notify, value); }

    /// <summary>An e-mail address (<c>email</c>), or where to read it.</summary>
    public ValueReference? Email { get => Values.Get(Settings.NotifyEmail); init => Values = Values.With(Settings.NotifyEmail, value); }

    /// <summary>A Slack webhook's URL (<c>slack-webhook</c>), or where to read it. A secret: never shown, and no plan or event has it.</summary>
    public ValueReference? SlackWebhook { get => Values.Get(Settings.NotifySlackWebhook); init => Values = Values.With(Settings.NotifySlackWebhook, value); }

    /// <summary>What is given and differs from its default: saying the default is the same as saying nothing.</summary>
    internal SettingValues Values { get; init => field = value.WithoutDefaults(); } = SettingValues.Empty;
}
