namespace NixDeploy.Fleets.Description;

/// <summary>Makes the fleet's settings out of what the configurations of its hosts say, each for itself.</summary>
internal static class SettingsMerge
{
    /// <summary>A value that differs from its default holds: a module may fill in defaults on every host.</summary>
    /// <param name="origin">What was read, for the sentence.</param>
    /// <param name="said">What each configuration says, and under which option.</param>
    /// <exception cref="FleetException"><c>ND0107</c>: two values of a setting differ.</exception>
    public static FleetSettings Merge(string origin, IReadOnlyCollection<Said> said)
    {
        var contradictions = said.GroupBy(s => s.Host).SelectMany(OnOneHost).ToList();
        var (merged, givers) = (SettingValues.Empty, new Dictionary<Setting, Said>());
        foreach (var configuration in said)
        {
            foreach (var (setting, value) in configuration.Values.WithoutDefaults())
            {
                if (givers.TryAdd(setting, configuration))
                {
                    merged = merged.With(setting, value);
                }
                else if (givers[setting] is var giver && giver.Host != configuration.Host && !SettingValues.Same(merged.Find(setting), value))
                {
                    contradictions.Add($"{giver.Host} sets {setting} in {giver.Shown(setting)} and {configuration.Host} in {configuration.Shown(setting)}: it holds for the whole fleet; set it once, or alike.");
                }
            }
        }

        return contradictions.Count == 0
            ? new FleetSettings { Values = merged }
            : throw new FleetException("ND0107", string.Join('\n', contradictions.Distinct().Take(10).Select(c => $"{origin}: {c}")));
    }

    private static IEnumerable<string> OnOneHost(IEnumerable<Said> said) =>
        from one in said
        from other in said.SkipWhile(s => s != one).Skip(1)
        from given in one.Values
        where other.Values.Find(given.Setting) is { } value && !SettingValues.Same(given.Value, value)
        select $"{one.Host} sets {given.Setting} in both {one.Shown(given.Setting)} and {other.Shown(given.Setting)}; keep one.";

    /// <summary>What one configuration says of the fleet.</summary>
    /// <param name="Host">Whose configuration it is.</param>
    /// <param name="Option">Under which option.</param>
    /// <param name="Values">The values.</param>
    internal sealed record Said(HostName Host, string Option, SettingValues Values)
    {
        /// <summary>Where a setting is given, and its value.</summary>
        public string Shown(Setting setting) => $"{Option} ({setting.Kind.Shown(Values.Find(setting)!)})";
    }
}
