using System.Collections.Immutable;

namespace NixDeploy.Fleets.Description;

/// <summary>The settings of one object of a description, and of the objects in it.</summary>
internal sealed class SettingTable
{
    private readonly ImmutableArray<(string Key, string? FormerKey, Setting? Setting, SettingTable? Group)> entries;

    /// <summary>Arranges settings by the objects that they are in.</summary>
    /// <param name="settings">The settings, in the order of their declarations.</param>
    /// <param name="path">The object's name with a dot; empty for the outermost.</param>
    public SettingTable(ImmutableArray<Setting> settings, string path = "")
    {
        Path = path;
        entries =
        [
            .. settings.GroupBy(s => s.Name[path.Length..].Split('.')[0]).Select(g => g.First().Name.Length == path.Length + g.Key.Length
                ? (g.Key, g.First().FormerName, g.First(), null)
                : (g.Key, (string?)null, (Setting?)null, (SettingTable?)new SettingTable([.. g], $"{path}{g.Key}."))),
        ];
        Keys = [.. entries.Select(e => e.Key)];
        FormerKeys = entries.Where(e => e.FormerKey is not null).ToImmutableDictionary(e => e.FormerKey!, e => e.Key);
    }

    /// <summary>The object's name with a dot after it; empty for the outermost.</summary>
    public string Path { get; }

    /// <summary>The keys that the object may have.</summary>
    public ImmutableArray<string> Keys { get; }

    /// <summary>Keys of earlier versions, and what they are now.</summary>
    public ImmutableDictionary<string, string> FormerKeys { get; }

    /// <summary>Its own settings and, by their keys, the objects in it.</summary>
    public IEnumerable<(string Key, Setting? Setting, SettingTable? Group)> Entries => entries.Select(e => (e.Key, e.Setting, e.Group));

    /// <summary>What the object gives; what is wrong has been complained about.</summary>
    public SettingValues Read(SettingsObject? json) => json is null ? SettingValues.Empty : entries.Aggregate(SettingValues.Empty, (values, entry) =>
        entry.Group is { } group ? values.Over(group.Read(json.Object(entry.Key, group)))
        : entry.Setting!.Kind.Read(json, entry.Key) is { } value && entry.Setting != Settings.Enable ? values.With(entry.Setting, value)
        : values);
}
