using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>Reads an element of <c>health-checks</c>.</summary>
internal static class HealthCheckReader
{
    /// <summary>What is expected of a unit's name; systemd's own rule.</summary>
    public const string UnitExpected = "a systemd unit's name";

    /// <summary>The check, or <see langword="null"/> after complaining.</summary>
    public static HealthCheck? Read(JToken token, string path, Complaints complaints)
    {
        if (token.Type == JTokenType.Null || SettingsObject.From(token, path, FleetVocabulary.HealthCheck, complaints) is not { } settings)
        {
            if (token.Type == JTokenType.Null)
            {
                complaints.Add(token, $"{path} is null: expected a health check.");
            }

            return null;
        }

        var timeout = settings.Seconds("timeout");
        var interval = settings.Seconds("interval");
        var startUp = settings.Seconds("start-up", zero: true);
        var kinds = FleetVocabulary.HealthCheckKinds.Where(settings.Has).ToList();
        if (kinds.Count == 0 && settings.HasUnknown)
        {
            // A misspelt kind has been complained about, and that it is missing is no news then.
            return null;
        }

        if (kinds.Count != 1)
        {
            var found = kinds.Count == 0 ? "none of them" : string.Join(" and ", kinds);
            settings.Complain(null, $"{path} has {found}: a health check has exactly one of {string.Join(", ", FleetVocabulary.HealthCheckKinds)}.");
            return null;
        }

        foreach (var key in kinds[0] == "http" ? [] : FleetVocabulary.HttpOnly.Where(settings.Has))
        {
            settings.Complain(key, $"{settings.PathOf(key)} is for http checks, and this is a {kinds[0]} check: leave it out.");
        }

        var check = Kind(kinds[0], settings);
        return check is null ? null : check with { Timeout = timeout, Interval = interval ?? check.Interval, StartUp = startUp };
    }

    /// <summary>Whether systemd would take it as a unit's name.</summary>
    public static bool IsUnit(string text) =>
        text.Length <= 255 && text[0] != '-' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '\\' or '@');

    /// <summary>Whether it can be an address or a DNS name, and never an option of a program that it is given to.</summary>
    public static bool IsAddress(string text) => text[0] != '-' && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    private static HealthCheck? Kind(string kind, SettingsObject settings) => kind switch
    {
        "service" => settings.String(kind, UnitExpected, IsUnit) is { } unit ? new HealthCheck.Service(unit) : null,
        "http" => Http(kind, settings),
        "tcp" => settings.Class(kind, "'host:port' with a port from 1 to 65535", Endpoint),
        "dns" => settings.String(kind, "a name to resolve", IsAddress) is { } name ? new HealthCheck.Dns(name) : null,
        "ping" => settings.String(kind, "a name or an address", IsAddress) is { } host ? new HealthCheck.Ping(host) : null,
        "baseline" => Baseline(settings.Object(kind, FleetVocabulary.Baseline)),
        _ => Command(kind, settings),
    };

    private static HealthCheck.Http? Http(string kind, SettingsObject settings)
    {
        var status = settings.Integer("status", 100, 599);
        var contains = settings.String("contains");
        if (settings.Class(kind, "an absolute http or https URL", Url) is not { } url)
        {
            return null;
        }

        if (url.UserInfo.Length > 0)
        {
            settings.Complain(kind, $"{settings.PathOf(kind)} has a user or a password in its URL, which is not sent and would be shown wherever the check is: leave it out; expect status 401, or let a command ask.");
            return null;
        }

        return new HealthCheck.Http(url) { Status = status, Contains = contains };
    }

    private static HealthCheck.Baseline? Baseline(SettingsObject? settings)
    {
        if (settings is null)
        {
            return null;
        }

        var check = new HealthCheck.Baseline();
        return check with
        {
            MaxLoad = settings.Real("max-load", "a number above 0", n => n > 0) ?? check.MaxLoad,
            MinMemory = settings.Class("min-memory", "a share such as '50%'", t => HostShare.TryParse(SettingsObject.Words(t) ?? "", out var share) && share.Count is null ? share : null)?.Percent ?? check.MinMemory,
        };
    }

    private static Uri? Url(JToken token) =>
        Uri.TryCreate(SettingsObject.Words(token), UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : null;

    private static HealthCheck.Tcp? Endpoint(JToken token)
    {
        var text = SettingsObject.Words(token) ?? "";
        var colon = text.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out var port) || port == 0)
        {
            return null;
        }

        // An IPv6 address has colons of its own and is told from its port by brackets.
        var bracketed = text[0] == '[' && text[colon - 1] == ']';
        var host = bracketed ? text[1..(colon - 1)] : text[..colon];
        return host.Length > 0 && IsAddress(host) && (bracketed || !host.Contains(':', StringComparison.Ordinal)) ? new HealthCheck.Tcp(host, port) : null;
    }

    private static HealthCheck.Command? Command(string kind, SettingsObject settings)
    {
        // A text is one program, never a line for a shell.
        var arguments = settings.Class(kind, "a program, or a list of a program and its arguments", t => t switch
        {
            JArray { Count: > 0 } list when list.All(e => SettingsObject.Words(e) is not null) && SettingsObject.Words(list[0]) is { Length: > 0 } =>
                list.Select(e => SettingsObject.Words(e)!).ToList(),
            _ when SettingsObject.Words(t) is { Length: > 0 } program => [program],
            _ => null,
        });
        if (arguments?.Find(a => !Text.IsArgument(a)) is { } word)
        {
            settings.Complain(kind, $"{settings.PathOf(kind)} has {Text.Quote(word)}: expected {Text.ArgumentExpected}.");
            return null;
        }

        return arguments is null ? null : new HealthCheck.Command([.. arguments]);
    }
}
