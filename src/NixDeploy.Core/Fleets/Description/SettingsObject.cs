using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>An object of a fleet's description, with its place in it.</summary>
/// <remarks>A key that is null counts as absent: Nix options that nobody set arrive so.</remarks>
internal sealed partial class SettingsObject
{
    private readonly JObject json;
    private readonly Complaints complaints;
    private readonly Dictionary<string, string> former = new(StringComparer.Ordinal);

    private SettingsObject(JObject json, string path, ImmutableArray<string> keys, ImmutableDictionary<string, string> formerKeys, Complaints complaints)
    {
        (this.json, Path, this.complaints) = (json, path, complaints);
        foreach (var (name, value) in json)
        {
            if (formerKeys.TryGetValue(name, out var current))
            {
                if (value!.Type != JTokenType.Null)
                {
                    Rename(name, current);
                }
            }
            else if (!keys.Contains(name))
            {
                HasUnknown = true;
                complaints.Add(json.Property(name), $"{PathOf(name)} is not a setting{Text.DidYouMean(name, keys)}.");
            }
        }
    }

    /// <summary>The keys that lead here, such as <c>hosts.p620.target</c>.</summary>
    public string Path { get; }

    /// <summary>The object itself, for complaints about it as a whole.</summary>
    public JToken Token => json;

    /// <summary>Looks at a token that must be an object with no other keys than a table's.</summary>
    public static SettingsObject? From(JToken? token, string path, SettingTable table, Complaints complaints) => From(token, path, table.Keys, table.FormerKeys, complaints);

    /// <summary>Looks at a token that must be an object with no other keys than some.</summary>
    /// <param name="token">The token; absent where it is null.</param>
    /// <param name="path">The keys that lead to it.</param>
    /// <param name="keys">The keys that it may have.</param>
    /// <param name="formerKeys">Keys of earlier versions, and what they are now.</param>
    /// <param name="complaints">Where everything wrong goes.</param>
    public static SettingsObject? From(JToken? token, string path, ImmutableArray<string> keys, ImmutableDictionary<string, string> formerKeys, Complaints complaints)
    {
        switch (token)
        {
            case null or { Type: JTokenType.Null }:
                return null;
            case JObject json:
                return new SettingsObject(json, path, keys, formerKeys, complaints);
            default:
                complaints.Add(token, $"{(path.Length == 0 ? "the document" : path)} is {Shown(token)}: expected an object of settings.");
                return null;
        }
    }

    /// <summary>Whether there are keys that nobody knows; they have been complained about.</summary>
    public bool HasUnknown { get; }

    /// <summary>Whether the key is there and not null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>The key's path, quoted where a name has dots of its own.</summary>
    public string PathOf(string key) => Join(Path, key);

    /// <summary>A path and a key after it.</summary>
    public static string Join(string path, string key)
    {
        var name = key.Length is > 0 and <= 100 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '$') ? key : Text.Quote(key);
        return path.Length == 0 ? name : $"{path}.{name}";
    }

    /// <summary>Notes something about a key.</summary>
    public void Complain(string? key, string what) => complaints.Add(key is null ? json : Find(key) ?? json, what);

    /// <summary>An object below this one.</summary>
    public SettingsObject? Object(string key, SettingTable table) => From(Find(key), PathOf(key), table, complaints);

    /// <summary>A key's value; <see langword="null"/> where it is absent, or wrong, which has been complained about then.</summary>
    public object? Read(string key, SettingKind kind) => Find(key) is { } token ? kind.Read(token, PathOf(key), complaints) : null;

    /// <summary>A text's characters, or <see langword="null"/> for everything that is no text.</summary>
    public static string? Words(JToken? token) => token?.Type == JTokenType.String ? token.Value<string>() : null;

    /// <summary>The value as a sentence shows it.</summary>
    public static string Shown(JToken token) => token.Type switch
    {
        JTokenType.Object => "an object",
        JTokenType.Array => "a list",
        JTokenType.String => Text.Quote(UserInfo().Replace(token.Value<string>()!, "://…@")),
        _ => token.ToString(Formatting.None) is { Length: > 40 } text ? text[..40] + "…" : token.ToString(Formatting.None),
    };

    /// <summary>A user and perhaps a password in a URL, also in one that is wrong: nobody's sentence shows them.</summary>
    [GeneratedRegex(@"://\S*@")]
    private static partial Regex UserInfo();

    private JToken? Find(string key) =>
        json[key] is { Type: not JTokenType.Null } token ? token : former.TryGetValue(key, out var name) ? json[name] : null;

    /// <summary>Reads a key of an earlier version as what it is called now.</summary>
    private void Rename(string name, string current)
    {
        if (json[current] is { Type: not JTokenType.Null })
        {
            complaints.Add(json.Property(name), $"{PathOf(name)} is the earlier name of {current}, which is there too; keep {current}.");
            return;
        }

        former[current] = name;
        complaints.Rename(PathOf(name), name, current);
    }
}
