using System.Collections.Immutable;
using System.Globalization;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>Reads <c>health-checks</c>.</summary>
internal static class HealthCheckReader
{
    private const string UrlExpected = "an absolute http or https URL";

    /// <summary>What only an <c>http</c> check may give besides.</summary>
    private static readonly ImmutableArray<string> HttpOnly = ["status", "contains"];

    /// <summary>What a health check can look at; exactly one of them.</summary>
    public static ImmutableArray<string> Kinds { get; } = ["service", "http", "tcp", "dns", "ping", "command", "baseline"];

    /// <summary>A list of health checks.</summary>
    public static SettingKind<ImmutableArray<HealthCheck>> Kind { get; } = Description.Kind.Other<ImmutableArray<HealthCheck>>(
        "a list of health checks",
        Description.Kind.List(new JObject { ["$ref"] = "#/definitions/healthCheck" }),
        (settings, key) => settings.Has(key) ? settings.Elements(key, "a list of health checks", Read) : null);

    /// <summary>A URL to ask.</summary>
    public static SettingKind<ValueReference> Url { get; } =
        Description.Kind.Reference(UrlExpected, "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s@/?#]+([/?#]\\S*)?$", Words.IsHttpUrl) with { Read = ReadUrl };

    /// <summary>A host and a port.</summary>
    public static SettingKind<HealthCheck.Tcp> Endpoint { get; } = Description.Kind.Other<HealthCheck.Tcp>(
        "'host:port' with a port from 1 to 65535",
        Description.Kind.Matching("^(\\[[^\\s\\]]+\\]|[^\\s:-][^\\s:]*):[0-9]{1,5}$"),
        (settings, key) => settings.Class(key, "'host:port' with a port from 1 to 65535", ReadEndpoint));

    /// <summary>The check, or <see langword="null"/> after complaining.</summary>
    private static HealthCheck? Read(JToken token, string path, Complaints complaints)
    {
        if (token.Type == JTokenType.Null || SettingsObject.From(token, path, Settings.Check, complaints) is not { } settings)
        {
            if (token.Type == JTokenType.Null)
            {
                complaints.Add(token, $"{path} is null: expected a health check.");
            }

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

        return Check(kinds[0], given) is { } check
            ? check with { Timeout = given.Given(Settings.CheckTimeout), Interval = given.Get(Settings.CheckInterval), StartUp = given.Given(Settings.CheckStartUp) }
            : null;
    }

    private static HealthCheck? Check(string kind, SettingValues given) => kind switch
    {
        "service" => given.Get(Settings.CheckService) is { } unit ? new HealthCheck.Service(unit) : null,
        "http" => given.Get(Settings.CheckHttp) is { } url
            ? new HealthCheck.Http(url) { Status = given.Given(Settings.CheckStatus), Contains = given.Get(Settings.CheckContains) }
            : null,
        "tcp" => given.Get(Settings.CheckTcp),
        "dns" => given.Get(Settings.CheckDns) is { } name ? new HealthCheck.Dns(name) : null,
        "ping" => given.Get(Settings.CheckPing) is { } host ? new HealthCheck.Ping(host) : null,
        "command" => given.Given(Settings.CheckCommand) is { } arguments ? new HealthCheck.Command(arguments) : null,
        _ => new HealthCheck.Baseline { MaxLoad = given.Get(Settings.CheckMaxLoad), MinMemory = given.Get(Settings.CheckMinMemory) },
    };

    private static ValueReference? ReadUrl(SettingsObject settings, string key)
    {
        var url = settings.Reference(key, UrlExpected, Words.IsHttpUrl);
        if (url is ValueReference.Plain plain && new Uri(plain.Value).UserInfo.Length > 0)
        {
            settings.Complain(key, $"{settings.PathOf(key)} has a user or a password in its URL, which is not sent and would be shown wherever the check is: remove it; expect status 401, or use a command.");
            return null;
        }

        return url;
    }

    private static HealthCheck.Tcp? ReadEndpoint(JToken token)
    {
        var text = SettingsObject.Words(token) ?? "";
        var colon = text.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, null, out var port) || port == 0)
        {
            return null;
        }

        // An IPv6 address has colons of its own and is told from its port by brackets.
        var bracketed = text[0] == '[' && text[colon - 1] == ']';
        var host = bracketed ? text[1..(colon - 1)] : text[..colon];
        return host.Length > 0 && Words.IsAddress(host) && (bracketed || !host.Contains(':', StringComparison.Ordinal)) ? new HealthCheck.Tcp(host, port) : null;
    }
}
