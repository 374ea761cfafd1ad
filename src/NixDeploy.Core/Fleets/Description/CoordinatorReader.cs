using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>Reads <c>deployment-coordinator</c>.</summary>
internal static class CoordinatorReader
{
    private const string BudgetExpected = "a whole number of at least 0, or a share such as '25%'";

    /// <summary>The settings; their defaults where nothing is said.</summary>
    public static FleetSettings Read(SettingsObject? settings)
    {
        var fleet = new FleetSettings();
        if (settings is null)
        {
            return fleet;
        }

        settings.Flag("enable");
        return fleet with
        {
            Strategy = settings.String("strategy", "a strategy's name", HostReader.IsWord) ?? fleet.Strategy,
            ParallelLimit = settings.Integer("parallel-limit", 1) ?? fleet.ParallelLimit,
            CopyLimit = settings.Integer("copy-limit", 1),
            TagLimits = settings.Integers("tag-limits", "an object with a whole number for each tag", 1, "a tag", HostReader.IsWord),
            Canary = CanaryReader.Read(settings.Object("canary", FleetVocabulary.Canary)),
            HealthCheckTimeout = settings.Seconds("health-check-timeout") ?? fleet.HealthCheckTimeout,
            HealthStartUp = settings.Seconds("health-start-up", zero: true),
            HealthWindow = settings.Seconds("health-window", zero: true) ?? fleet.HealthWindow,
            DiskReserveBytes = settings.Integer("disk-reserve", 0) is { } mebibytes ? (long)mebibytes << 20 : fleet.DiskReserveBytes,
            MaxClockSkew = settings.Seconds("max-clock-skew") ?? fleet.MaxClockSkew,
            AutoRollback = settings.Flag("auto-rollback") ?? fleet.AutoRollback,
            GuardTimeout = settings.Seconds("guard-timeout"),
            GuardReboot = settings.Flag("guard-reboot") ?? fleet.GuardReboot,
            Reboot = HostReader.Reboot(settings) ?? fleet.Reboot,
            RebootTimeout = settings.Seconds("reboot-timeout") ?? fleet.RebootTimeout,
            OnFailure = settings.Word("on-failure", FleetVocabulary.OnFailure) == "abort" ? OnFailure.Abort : fleet.OnFailure,
            Unreachable = HostReader.UnreachableOf(settings) ?? fleet.Unreachable,
            MaxFailures = settings.Class("max-failures", BudgetExpected, t => SettingsObject.Share(t) is { } share ? FailureBudget.Of(share) : null) ?? fleet.MaxFailures,
            Notifications = Notifications(settings.Object("notifications", FleetVocabulary.Notifications)),
        };
    }

    /// <summary>Complains about tags that no host carries, once all hosts are known: a limit on a misspelt tag would never hold.</summary>
    public static void CheckTags(SettingsObject? settings, IEnumerable<Host> hosts, Complaints complaints)
    {
        var used = settings is null ? [] : TagsIn(settings).Where(u => HostReader.IsWord(u.Tag)).ToList();
        var tags = used.Count == 0 ? [] : hosts.SelectMany(h => h.Tags).ToHashSet(StringComparer.Ordinal);
        foreach (var (tag, token, path) in used.Where(u => !tags.Contains(u.Tag)))
        {
            complaints.Add(token, $"{path}: no host has the tag {Text.Quote(tag)}{Text.DidYouMean(tag, tags)}.");
        }
    }

    private static IEnumerable<(string Tag, JToken Token, string Path)> TagsIn(SettingsObject settings)
    {
        foreach (var property in (settings.Token["tag-limits"] as JObject)?.Properties().Where(p => p.Value.Type != JTokenType.Null) ?? [])
        {
            yield return (property.Name, property, SettingsObject.Join(settings.PathOf("tag-limits"), property.Name));
        }

        if (settings.Token["canary"] is JObject canary && canary["tag"] is { } token && SettingsObject.Words(token) is { } tag)
        {
            yield return (tag, token, $"{settings.PathOf("canary")}.tag");
        }
    }

    private static NotificationSettings Notifications(SettingsObject? settings) => settings is null
        ? new NotificationSettings()
        : new NotificationSettings
        {
            Enable = settings.Flag("enable") ?? false,
            Email = settings.String("email", "an e-mail address", t => t.IndexOf('@', StringComparison.Ordinal) > 0 && !t.Any(char.IsWhiteSpace)),
            SlackWebhook = settings.String("slack-webhook", "an absolute https URL (it is not shown here because it is a secret)",
                t => Uri.TryCreate(t, UriKind.Absolute, out var url) && url.Scheme is "https" or "http", secret: true),
        };
}
