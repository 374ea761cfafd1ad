using System.Collections.Immutable;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>Reads <c>health-checks</c>.</summary>
internal static class HealthCheckReader
{
    /// <summary>What only an <c>http</c> check may give besides.</summary>
    private static readonly ImmutableArray<string> HttpOnly = ["status", "contains"];

    /// <summary>What a health check can look at; exactly one of them.</summary>
    public static ImmutableArray<string> Kinds { get; } = ["service", "http", "tcp", "dns", "ping", "command", "baseline"];

    /// <summary>A list of health checks.</summary>
    public static SettingKind<ImmutableArray<HealthCheck>> Checks { get; } = Kind.List(new SettingKind<HealthCheck>
    {
        Expected = "a health check",
        Schema = new JObject { ["$ref"] = "#/definitions/healthCheck" },
        ReadJson = Read,
    })
    with
    {
        Expected = "a list of health checks",
    };

    /// <summary>A URL to ask.</summary>
    public static SettingKind<ValueReference> Url { get; } =
        WithoutUser(Kind.Reference("an absolute http or https URL", "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s@/?#]+([/?#]\\S*)?$", Words.IsHttpUrl));

    /// <summary>A host and a port.</summary>
    public static SettingKind<string> Endpoint { get; } =
        Kind.String("'host:port' with a port from 1 to 65535", "^(\\[[^\\s\\]]+\\]|[^\\s:-][^\\s:]*):[0-9]{1,5}$", t => HealthCheckValues.Endpoint(t) is not null);

    /// <summary>The check, or <see langword="null"/> after complaining.</summary>
    private static HealthCheck? Read(JToken token, string path, Complaints complaints)
    {
        if (SettingsObject.From(token, path, Settings.Check, complaints) is not { } settings)
        {
            return null;
        }

        var given = Settings.Check.Read(settings);
        var kinds = Kinds.Where(settings.Has).ToList();
        if (kinds.Count == 0 && settings.HasUnknown)
        {
            // A misspelt kind has been complained about; that it is missing would be said twice.
            return null;
        }

        if (kinds.Count != 1)
        {
            var found = kinds.Count == 0 ? "none of them" : string.Join(" and ", kinds);
            settings.Complain(null, $"{path} has {found}: a health check has exactly one of {string.Join(", ", Kinds)}.");
            return null;
        }

        foreach (var key in kinds[0] == "http" ? [] : HttpOnly.Where(settings.Has))
        {
            settings.Complain(key, $"{settings.PathOf(key)} is for http checks, and this is a {kinds[0]} check: remove it.");
        }

        return HealthCheckValues.ToCheck(kinds[0], given);
    }

    private static SettingKind<ValueReference> WithoutUser(SettingKind<ValueReference> url) => url with
    {
        ReadJson = (token, path, complaints) =>
        {
            var value = url.ReadJson!(token, path, complaints);
            if (value is ValueReference.Plain plain && new Uri(plain.Value).UserInfo.Length > 0)
            {
                complaints.Add(token, $"{path} has a user or a password in its URL, which is not sent and would be shown wherever the check is: remove it; expect status 401, or use a command.");
            }

            return value;
        },
    };
}
