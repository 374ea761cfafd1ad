namespace NixDeploy.Fleets.Description;

/// <summary>Makes the fleet's settings out of what the configurations of its hosts say, each for itself.</summary>
internal static class SettingsMerge
{
    /// <summary>The fleet's settings out of what the configurations of its hosts say: a value that differs from its default holds.</summary>
    /// <param name="origin">What was read, for the sentence.</param>
    /// <param name="said">What each configuration says, and under which option.</param>
    /// <exception cref="FleetException"><c>ND0107</c>: two such values of a setting differ.</exception>
    public static FleetSettings Fleet(string origin, IEnumerable<(HostName Host, string Option, FleetSettings Settings)> said)
    {
        var (merged, givers, contradictions) = (SettingValues.Empty, new Dictionary<Setting, (HostName Host, string Option)>(), new List<string>());
        foreach (var (host, option, settings) in said)
        {
            foreach (var (setting, value) in settings.Values)
            {
                if (givers.TryAdd(setting, (host, option)))
                {
                    merged = merged.With(setting, value);
                }
                else if (merged.Find(setting) is { } earlier && !SettingValues.Same(earlier, value))
                {
                    contradictions.Add($"{origin}: {Contradiction(setting, givers[setting], earlier, (host, option), value)}");
                }
            }
        }

        return contradictions.Count == 0 ? new FleetSettings { Values = merged } : throw new FleetException("ND0107", string.Join('\n', contradictions.Distinct().Take(10)));
    }

    private static string Contradiction(Setting setting, (HostName Host, string Option) one, object earlier, (HostName Host, string Option) other, object value)
    {
        var (first, second) = (setting.Kind.Shown(earlier), setting.Kind.Shown(value));
        return one.Host == other.Host
            ? $"{one.Host} sets {setting} in both {one.Option} ({first}) and {other.Option} ({second}); keep one."
            : $"{one.Host} sets {setting} in {one.Option} ({first}) and {other.Host} in {other.Option} ({second}): it holds for the whole fleet; set it once, or alike.";
    }
}
