using System.Collections.Immutable;

namespace NixDeploy.Fleets.Description;

/// <summary>The settings of one object of a description, and of the objects in it.</summary>
internal sealed class SettingTable
{
    /// <summary>Arranges settings by the objects that they are in.</summary>
    /// <param name="settings">The settings, in the order of their declarations.</param>
    /// <param name="path">The object's name with a dot; empty for the outermost.</param>
    public SettingTable(ImmutableArray<Setting> settings, string path = "")
    {
        Path = path;
        Entries =
        [
            .. settings.GroupBy(s => s.Name[path.Length..].Split('.')[0]).Select(g => g.First().Name.Length == path.Length + g.Key.Length
                ? (g.Key, g.First(), (SettingTable?)null)
                : (g.Key, (Setting?)null, new SettingTable([.. g], $"{path}{g.Key}."))),
        ];
        Keys = [.. Entries.Select(e => e.Key)];
        FormerKeys = Entries.Where(e => e.Setting?.FormerName is not null).ToImmutableDictionary(e => e.Setting!.FormerName!, e => e.Key);
    }

    /// <summary>The object's name with a dot after it; empty for the outermost.</summary>
    public string Path { get; }

    /// <summary>The keys that the object may have.</summary>
    public ImmutableArray<string> Keys { get; }

    /// <summary>Keys of earlier versions, and what they are now.</summary>
    public ImmutableDictionary<string, string> FormerKeys { get; }

    /// <summary>Its own settings and, by their keys, the objects in it.</summary>
    public ImmutableArray<(string Key, Setting? Setting, SettingTable? Group)> Entries { get; }

    /// <summary>What the object gives; what is wrong has been complained about.</summary>
    public SettingValues Read(SettingsObject? json) => json is null ? SettingValues.Empty : Entries.Aggregate(SettingValues.Empty, (values, entry) =>
        entry.Group is { } group ? values.Over(group.Read(json.Object(entry.Key, group)))
        : json.Read(entry.Key, entry.Setting!.Kind) is { } value && entry.Setting != Settings.Enable ? values.With(entry.Setting, value)
        : values);
}
