using System.Collections.Immutable;

namespace NixDeploy.Fleets.Description;

/// <summary>The tables of settings in the documentation.</summary>
internal static class SettingText
{
    /// <summary>A table for each part of docs/fleet.md that lists settings, by its name there.</summary>
    public static ImmutableDictionary<string, string> Tables { get; } = new Dictionary<string, string>
    {
        ["fleet"] = Table("fleet", Settings.Of(Scopes.Fleet), "", s => Default(s)),
        ["host"] = Table("host", [.. Settings.Of(Scopes.Host | Scopes.System).Where(s => !IsIn(s, "target") && !IsIn(s, "simulation"))], "", s => s.IsInherited ? "the fleet's" : Default(s)),
        ["target"] = Table("`target`", Of("target"), "target.", Default),
        ["simulation"] = Table("`simulation`", Of("simulation"), "simulation.", Default),
        ["health-checks"] = Table("health check", Settings.Of(Scopes.Check), "", Default),
    }.ToImmutableDictionary();

    /// <summary>What holds where an option of a request is not given.</summary>
    public static string DefaultOfOption(Setting setting) => (setting.IsInherited, setting.Is(Scopes.Fleet), Default(setting)) switch
    {
        (_, false, "false") => "",
        (_, false, var value) => value,
        (true, _, var value) => $"the host's, else the fleet's, else {value}",
        (_, _, var value) => $"the fleet's, else {value}",
    };

    private static string Default(Setting setting) => setting.Unset.Length > 0 || setting.DefaultValue is not { } value ? setting.Unset : setting.Kind.Shown(value);

    private static string Table(string what, ImmutableArray<Setting> settings, string path, Func<Setting, string> ifNotGiven) =>
        $"| {what} | meaning | default |\n|---|---|---|\n{string.Concat(settings.Select(s => $"| `{s.Name[path.Length..]}` | {s.Says} | {ifNotGiven(s)} |\n"))}";

    private static bool IsIn(Setting setting, string group) => setting.Name.StartsWith(group + ".", StringComparison.Ordinal);

    private static ImmutableArray<Setting> Of(string group) => [.. Settings.All.Where(s => IsIn(s, group))];
}
