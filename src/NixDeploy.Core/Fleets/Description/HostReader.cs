using System.Collections.Immutable;

namespace NixDeploy.Fleets.Description;

/// <summary>Reads what is said of one host: <c>claude.deployment</c>, or <c>hosts.NAME</c> of fleet.json.</summary>
/// <param name="baseFolder">What relative paths of files are relative to.</param>
/// <param name="complaints">Where everything wrong goes.</param>
internal sealed class HostReader(string baseFolder, Complaints complaints)
{
    /// <summary>The host; its own defaults where nothing is said.</summary>
    public Host Read(HostName name, SettingsObject? settings)
    {
        var host = new Host(name);
        if (settings is null)
        {
            return host;
        }

        settings.Flag("enable");
        return host with
        {
            Role = settings.String("role", "a word", IsWord),
            Dependencies = Dependencies(settings),
            Tags = Words(settings, "tags", "a word", IsWord),
            CriticalServices = Words(settings, "critical-services", HealthCheckReader.UnitExpected, HealthCheckReader.IsUnit),
            HealthChecks = settings.Elements("health-checks", "a list of health checks", (t, path) => HealthCheckReader.Read(t, path, complaints)),
            RollbackOnFailure = settings.Flag("rollback-on-failure") ?? host.RollbackOnFailure,
            HealthWindow = settings.Seconds("health-window", zero: true),
            HealthCheckTimeout = settings.Seconds("health-check-timeout"),
            HealthStartUp = settings.Seconds("health-start-up", zero: true),
            ParallelLimit = settings.Integer("parallel-limit", 1),
            Reboot = Reboot(settings),
            RebootTimeout = settings.Seconds("reboot-timeout"),
            Unreachable = UnreachableOf(settings),
            Target = Target(settings.Object("target", FleetVocabulary.Target)),
            Simulation = Simulation(settings.Object("simulation", FleetVocabulary.Simulation)),
        };
    }

    /// <summary>Words are what selections are made of, so none may look like a piece of one.</summary>
    public static bool IsWord(string text) => !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is ',' or '*' or '?' or '!' or '@');

    /// <summary>The word of <c>reboot</c>.</summary>
    public static RebootPolicy? Reboot(SettingsObject settings) => settings.Word("reboot", FleetVocabulary.Reboot) switch
    {
        "never" => RebootPolicy.Never,
        "if-needed" => RebootPolicy.IfNeeded,
        "always" => RebootPolicy.Always,
        _ => null,
    };

    /// <summary>What <c>off-line</c> says, of a host or of the fleet.</summary>
    public static UnreachablePolicy? UnreachableOf(SettingsObject settings) =>
        settings.Word("off-line", FleetVocabulary.Unreachable) is { } word ? Enum.Parse<UnreachablePolicy>(word, ignoreCase: true) : null;

    private static ImmutableArray<string> Words(SettingsObject settings, string key, string expected, Func<string, bool> valid) =>
        [.. settings.Strings(key, expected, valid).Distinct(StringComparer.Ordinal)];

    private static ImmutableArray<HostName> Dependencies(SettingsObject settings) =>
        [.. settings.Strings("dependencies", "a host's name", t => HostName.TryParse(t, out _)).Select(HostName.Parse).Distinct()];

    private TargetSettings Target(SettingsObject? settings)
    {
        var target = new TargetSettings();
        return settings is null
            ? target
            : target with
            {
                Host = settings.String("host", "a name or an address", HealthCheckReader.IsAddress),
                Port = settings.Integer("port", 1, 65535),
                User = settings.String("user", "an account's name", HealthCheckReader.IsAddress),
                IdentityFile = FilePath(settings, "identity-file"),
                KnownHosts = FilePath(settings, "known-hosts"),
                HostKey = settings.String("host-key", "a public key, 'TYPE BASE64'", IsPublicKey),
                AcceptNew = settings.Flag("accept-new") ?? target.AcceptNew,
                Transport = settings.String("transport", "a transport's name", IsWord) ?? target.Transport,
                Elevation = settings.Strings("elevation", Text.ArgumentExpected, Text.IsArgument),
                ConnectTimeout = settings.Seconds("connect-timeout") ?? target.ConnectTimeout,
                Profile = settings.String("profile", "an absolute path", IsAbsolute) ?? target.Profile,
            };
    }

    private static SimulationSettings? Simulation(SettingsObject? settings)
    {
        if (settings is null)
        {
            return null;
        }

        var seconds = settings.Object("seconds", FleetVocabulary.SimulationSeconds);
        var fail = settings.Word("fail", FleetVocabulary.Failures);
        return new SimulationSettings
        {
            Running = settings.Class("running", StorePathExpected, t => StorePath.TryParse(SettingsObject.Words(t), out var path) ? path : null),
            Generation = settings.Integer("generation", 1) ?? 1,
            Build = seconds?.Seconds("build", zero: true) ?? default,
            Copy = seconds?.Seconds("copy", zero: true) ?? default,
            Activate = seconds?.Seconds("activate", zero: true) ?? default,
            Fail = Enum.TryParse<SimulatedFailure>(fail, ignoreCase: true, out var failure) ? failure : null,
        };
    }

    /// <summary>What is expected of a store path.</summary>
    public const string StorePathExpected = "a store path, /nix/store/HASH-NAME";

    private static bool IsAbsolute(string text) => text[0] == '/' && !text.Any(char.IsControl);

    private static bool IsPublicKey(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [{ Length: > 0 }, var key, ..] && Convert.TryFromBase64String(key, new byte[key.Length], out var written) && written > 0;

    private string? FilePath(SettingsObject settings, string key) =>
        settings.String(key, "a file's path", t => !t.Any(char.IsControl)) is { } path
            ? path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? path : Path.GetFullPath(path, baseFolder)
            : null;
}
