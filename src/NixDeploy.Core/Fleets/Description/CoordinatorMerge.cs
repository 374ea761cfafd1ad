namespace NixDeploy.Fleets.Description;

/// <summary>Makes the fleet's settings out of what the configurations of its hosts say, each for itself.</summary>
internal static class CoordinatorMerge
{
    private static readonly FleetSettings Defaults = new();

    private static readonly Setting[] Settings =
    [
        new("strategy", s => s.Strategy, (to, from) => to with { Strategy = from.Strategy }),
        new("parallel-limit", s => s.ParallelLimit, (to, from) => to with { ParallelLimit = from.ParallelLimit }),
        new("copy-limit", s => s.CopyLimit, (to, from) => to with { CopyLimit = from.CopyLimit }),
        new("tag-limits", s => new FleetSettings { TagLimits = s.TagLimits }, (to, from) => to with { TagLimits = from.TagLimits }),
        new("canary", s => s.Canary, (to, from) => to with { Canary = from.Canary }),
        new("health-check-timeout", s => s.HealthCheckTimeout, (to, from) => to with { HealthCheckTimeout = from.HealthCheckTimeout }),
        new("health-start-up", s => s.HealthStartUp, (to, from) => to with { HealthStartUp = from.HealthStartUp }),
        new("health-window", s => s.HealthWindow, (to, from) => to with { HealthWindow = from.HealthWindow }),
        new("disk-reserve", s => s.DiskReserveBytes, (to, from) => to with { DiskReserveBytes = from.DiskReserveBytes }),
        new("max-clock-skew", s => s.MaxClockSkew, (to, from) => to with { MaxClockSkew = from.MaxClockSkew }),
        new("auto-rollback", s => s.AutoRollback, (to, from) => to with { AutoRollback = from.AutoRollback }),
        new("guard-timeout", s => s.GuardTimeout, (to, from) => to with { GuardTimeout = from.GuardTimeout }),
        new("guard-reboot", s => s.GuardReboot, (to, from) => to with { GuardReboot = from.GuardReboot }),
        new("reboot", s => s.Reboot, (to, from) => to with { Reboot = from.Reboot }),
        new("reboot-timeout", s => s.RebootTimeout, (to, from) => to with { RebootTimeout = from.RebootTimeout }),
        new("on-failure", s => s.OnFailure, (to, from) => to with { OnFailure = from.OnFailure }),
        new("max-failures", s => s.MaxFailures, (to, from) => to with { MaxFailures = from.MaxFailures }),
        new("off-line", s => s.Unreachable, (to, from) => to with { Unreachable = from.Unreachable }),
        new("notifications.enable", s => s.Notifications.Enable, (to, from) => to with { Notifications = to.Notifications with { Enable = from.Notifications.Enable } }),
        new("notifications.email", s => s.Notifications.Email, (to, from) => to with { Notifications = to.Notifications with { Email = from.Notifications.Email } }),
        new("notifications.slack-webhook", s => s.Notifications.SlackWebhook, (to, from) => to with { Notifications = to.Notifications with { SlackWebhook = from.Notifications.SlackWebhook } }),
    ];

    /// <summary>A value that differs from the default wins; two such values that differ are an error.</summary>
    /// <param name="origin">What was read, for the sentence.</param>
    /// <param name="said">What each host's configuration says.</param>
    /// <exception cref="FleetException"><c>ND0107</c>.</exception>
    public static FleetSettings Merge(string origin, IEnumerable<(HostName Host, FleetSettings Settings)> said)
    {
        var (merged, speakers, contradictions) = (Defaults, new Dictionary<string, HostName>(), new List<string>());
        foreach (var (host, settings) in said)
        {
            foreach (var setting in Settings.Where(s => !Equals(s.Get(settings), s.Get(Defaults))))
            {
                if (speakers.TryAdd(setting.Key, host))
                {
                    merged = setting.Take(merged, settings);
                }
                else if (!Equals(setting.Get(merged), setting.Get(settings)))
                {
                    contradictions.Add($"{origin}: {speakers[setting.Key]} and {host} set deployment-coordinator.{setting.Key} differently: it holds for the whole fleet, so set it once or alike.");
                }
            }
        }

        return contradictions.Count == 0 ? merged : throw new FleetException("ND0107", string.Join('\n', contradictions.Distinct().Take(10)));
    }

    private sealed record Setting(string Key, Func<FleetSettings, object?> Get, Func<FleetSettings, FleetSettings, FleetSettings> Take);
}
