using System.Globalization;

namespace NixDeploy.Fleets.Description;

/// <summary>Health checks as values of the settings that describe them, and back.</summary>
internal static class HealthCheckValues
{
    /// <summary>What describes a check.</summary>
    public static SettingValues Of(HealthCheck check) => (check switch
    {
        HealthCheck.Service service => SettingValues.Empty.With(Settings.CheckService, service.Unit),
        HealthCheck.Http http => SettingValues.Empty.With(Settings.CheckHttp, http.Url).With(Settings.CheckStatus, http.Status).With(Settings.CheckContains, http.Contains),
        HealthCheck.Tcp tcp => SettingValues.Empty.With(Settings.CheckTcp, Endpoint(tcp)),
        HealthCheck.Dns dns => SettingValues.Empty.With(Settings.CheckDns, dns.Name),
        HealthCheck.Ping ping => SettingValues.Empty.With(Settings.CheckPing, ping.Host),
        HealthCheck.Command command => SettingValues.Empty.With(Settings.CheckCommand, command.Arguments),
        HealthCheck.Baseline baseline => SettingValues.Empty.With(Settings.CheckMaxLoad, baseline.MaxLoad).With(Settings.CheckMinMemory, baseline.MinMemory),
        _ => SettingValues.Empty,
    }).With(Settings.CheckTimeout, check.Timeout).With(Settings.CheckInterval, check.Interval).With(Settings.CheckStartUp, check.StartUp);

    /// <summary>The check that is described; <see langword="null"/> where what it looks at is not given.</summary>
    /// <param name="kind">The key that says what it looks at.</param>
    /// <param name="given">The values.</param>
    public static HealthCheck? ToCheck(string? kind, SettingValues given)
    {
        HealthCheck? check = kind switch
        {
            "service" => given.Get(Settings.CheckService) is { } unit ? new HealthCheck.Service(unit) : null,
            "http" => given.Get(Settings.CheckHttp) is { } url
                ? new HealthCheck.Http(url) { Status = given.Given(Settings.CheckStatus), Contains = given.Get(Settings.CheckContains) }
                : null,
            "tcp" => given.Get(Settings.CheckTcp) is { } endpoint ? Endpoint(endpoint) : null,
            "dns" => given.Get(Settings.CheckDns) is { } name ? new HealthCheck.Dns(name) : null,
            "ping" => given.Get(Settings.CheckPing) is { } host ? new HealthCheck.Ping(host) : null,
            "command" => given.Given(Settings.CheckCommand) is { } arguments ? new HealthCheck.Command(arguments) : null,
            "baseline" => new HealthCheck.Baseline { MaxLoad = given.Get(Settings.CheckMaxLoad), MinMemory = given.Get(Settings.CheckMinMemory) },
            _ => null,
        };
        return check is null ? null
            : check with { Timeout = given.Given(Settings.CheckTimeout), Interval = given.Get(Settings.CheckInterval), StartUp = given.Given(Settings.CheckStartUp) };
    }

    /// <summary>Reads <c>host:port</c>; an IPv6 address has colons of its own and is told from its port by brackets.</summary>
    public static HealthCheck.Tcp? Endpoint(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, null, out var port) || port == 0)
        {
            return null;
        }

        var bracketed = text[0] == '[' && text[colon - 1] == ']';
        var host = bracketed ? text[1..(colon - 1)] : text[..colon];
        return host.Length > 0 && Words.IsAddress(host) && (bracketed || !host.Contains(':', StringComparison.Ordinal)) ? new HealthCheck.Tcp(host, port) : null;
    }

    private static string Endpoint(HealthCheck.Tcp tcp) =>
        string.Create(CultureInfo.InvariantCulture, $"{(tcp.Host.Contains(':', StringComparison.Ordinal) ? $"[{tcp.Host}]" : tcp.Host)}:{tcp.Port}");
}
