using System.Globalization;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets;

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
            Strategy = settings.Word("strategy", FleetVocabulary.Strategies) ?? fleet.Strategy,
            ParallelLimit = settings.Integer("parallel-limit", 1) ?? fleet.ParallelLimit,
            HealthCheckTimeout = settings.Seconds("health-check-timeout") ?? fleet.HealthCheckTimeout,
            HealthWindow = settings.Seconds("health-window", zero: true) ?? fleet.HealthWindow,
            AutoRollback = settings.Flag("auto-rollback") ?? fleet.AutoRollback,
            GuardTimeout = settings.Seconds("guard-timeout"),
            GuardReboot = settings.Flag("guard-reboot") ?? fleet.GuardReboot,
            OnFailure = settings.Word("on-failure", FleetVocabulary.OnFailure) == "abort" ? OnFailure.Abort : fleet.OnFailure,
            MaxFailures = settings.Class("max-failures", BudgetExpected, Budget) ?? fleet.MaxFailures,
            Notifications = Notifications(settings.Object("notifications", FleetVocabulary.Notifications)),
        };
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

    private static FailureBudget? Budget(JToken token)
    {
        if (SettingsObject.Number(token, 0, int.MaxValue) is { } count)
        {
            return new FailureBudget(count, null);
        }

        return SettingsObject.Words(token) is { } text && text.EndsWith('%')
            && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100
            ? new FailureBudget(null, percent)
            : null;
    }
}
