using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>An object of a fleet's description, with its place in it: every look checks a value and complains in the same words.</summary>
/// <remarks>A key that is null counts as absent: Nix options that nobody set arrive so.</remarks>
internal sealed partial class SettingsObject
{
    /// <summary>Longer than any wait that makes sense, short enough for every timer.</summary>
    public const int MostSeconds = 30 * 24 * 3600;

    private readonly JObject json;
    private readonly Complaints complaints;
    private readonly ImmutableArray<string> known;
    private readonly Dictionary<string, string> former = new(StringComparer.Ordinal);

    private SettingsObject(JObject json, string path, ImmutableArray<string> keys, ImmutableDictionary<string, string> formerKeys, Complaints complaints)
    {
        (this.json, Path, known, this.complaints) = (json, path, keys, complaints);
        foreach (var (name, value) in json)
        {
            if (formerKeys.TryGetValue(name, out var current))
            {
                if (value!.Type != JTokenType.Null)
                {
                    Rename(name, current);
                }
            }
            else if (!known.Contains(name, StringComparer.Ordinal))
            {
                HasUnknown = true;
                complaints.Add(json.Property(name), $"{PathOf(name)} is not a setting{Text.DidYouMean(name, known)}.");
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

    /// <summary>A text that passes a test.</summary>
    public string? String(string key, string expected = "a text", Func<string, bool>? valid = null) =>
        Class(key, expected, t => Words(t) is { Length: > 0 } text && (valid?.Invoke(text) ?? true) ? text : null);

    /// <summary>A text that passes a test, or where it is read.</summary>
    public ValueReference? Reference(string key, string expected, Func<string, bool> valid, bool secret = false) => Class(
        key,
        $"{expected}, or {{ \"file\": PATH }} or {{ \"env\": NAME }}",
        t => Words(t) is { Length: > 0 } text && valid(text) ? secret ? new ValueReference.Secret(text) : text : Reference(t),
        secret);

    /// <summary>One of some words.</summary>
    public string? Word(string key, ImmutableArray<string> words)
    {
        if (Find(key) is not { } token || (Words(token) is { } text && words.Contains(text)))
        {
            return Words(Find(key));
        }

        complaints.Add(token, $"{PathOf(key)} is {Shown(token)}: expected {Text.OneOf(words)}{Text.DidYouMean(Words(token) ?? "", words)}.");
        return null;
    }

    /// <summary>True or false.</summary>
    public bool? Flag(string key) => Value<bool>(key, "true or false", t => t.Type == JTokenType.Boolean ? t.Value<bool>() : null);

    /// <summary>A whole number within bounds.</summary>
    public int? Integer(string key, int least, int most = int.MaxValue) => !Has(key) ? null
        : Value<int>(key, ExpectedNumber(least, most), t => Number(t, least, most));

    /// <summary>What is expected of a whole number.</summary>
    public static string ExpectedNumber(int least, int most) => $"a whole number {(most == int.MaxValue ? $"of at least {least}" : $"from {least} to {most}")}";

    /// <summary>A number, possibly with a fraction, that passes a test.</summary>
    public double? Real(string key, string expected, Func<double, bool> valid) =>
        Value<double>(key, expected, t => t.Type is JTokenType.Integer or JTokenType.Float && Real(t) is var n && valid(n) ? n : null);

    /// <summary>A duration in seconds, possibly with a fraction.</summary>
    public TimeSpan? Seconds(string key, bool zero = false) => !Has(key) ? null
        : Value<TimeSpan>(key, ExpectedSeconds(zero), t => t.Type is JTokenType.Integer or JTokenType.Float && Real(t) is var s && IsDuration(s, zero) ? TimeSpan.FromSeconds(s) : null);

    /// <summary>What is expected of a duration.</summary>
    public static string ExpectedSeconds(bool zero) => $"a number of seconds {(zero ? "from 0" : "above 0")} to {MostSeconds}";

    /// <summary>Whether a duration makes sense.</summary>
    public static bool IsDuration(double seconds, bool zero) => seconds <= MostSeconds && (zero ? seconds >= 0 : seconds > 0);

    /// <summary>Numbers of hosts and shares of them that grow; <see langword="null"/> when the key is absent.</summary>
    public ImmutableArray<HostShare>? Waves(string key, string expectedOfEach, Func<JToken, HostShare?> read)
    {
        if (!Has(key))
        {
            return null;
        }

        var waves = Elements(key, $"a list, each element {expectedOfEach}", expectedOfEach, read);
        if (CanarySettings.NotGrowing(waves) is { } wave)
        {
            Complain(key, $"{PathOf(key)} do not grow: {wave} is no more than a wave before it.");
        }

        return waves;
    }

    /// <summary>A program, or a list of a program and its arguments; <see langword="null"/> when it is absent or wrong.</summary>
    public ImmutableArray<ValueReference>? Command(string key)
    {
        var arguments = Class<List<ValueReference>>(key, "a program, or a list of a program and its arguments", t => t switch
        {
            JArray { Count: > 0 } list when list.All(e => Argument(e) is not null) && Words(list[0]) is not "" => [.. list.Select(e => Argument(e)!)],
            _ when Words(t) is { Length: > 0 } program => [program],
            _ => null,
        });
        if (arguments?.OfType<ValueReference.Plain>().Select(a => a.Value).FirstOrDefault(a => !Text.IsArgument(a)) is { } word)
        {
            Complain(key, $"{PathOf(key)} has {Text.Quote(word)}: expected {Text.ArgumentExpected}.");
            return null;
        }

        return arguments is null ? null : [.. arguments];
    }

    /// <summary>A list of which every element is a text that passes a test.</summary>
    public ImmutableArray<string> Strings(string key, string expected = "a text", Func<string, bool>? valid = null) =>
        Elements(key, $"a list, each element {expected}", expected, t => Words(t) is { Length: > 0 } text && (valid?.Invoke(text) ?? true) ? text : null);

    /// <summary>A list; an element that reads as <see langword="null"/> is a complaint.</summary>
    public ImmutableArray<T> Elements<T>(string key, string expected, string expectedOfEach, Func<JToken, T?> read)
        where T : class
    {
        var elements = ImmutableArray.CreateBuilder<T>();
        var index = 0;
        foreach (var token in Class(key, expected, t => t as JArray) ?? [])
        {
            if (read(token) is { } value)
            {
                elements.Add(value);
            }
            else
            {
                complaints.Add(token, $"{PathOf(key)}[{index}] is {Shown(token)}: expected {expectedOfEach}.");
            }

            index++;
        }

        return elements.ToImmutable();
    }

    /// <summary>The elements of a list, read one by one; those that read as <see langword="null"/> have been complained about.</summary>
    public ImmutableArray<T> Elements<T>(string key, string expected, Func<JToken, string, Complaints, T?> read)
        where T : class =>
        Class(key, expected, t => t as JArray) is { } list
            ? [.. list.Select((e, i) => read(e, $"{PathOf(key)}[{i}]", complaints)).OfType<T>()]
            : [];

    /// <summary>An object with keys of the user's own and a whole number for each; those that are null are absent.</summary>
    public ImmutableSortedDictionary<string, int> Integers(string key, string expected, int least, string expectedOfKeys, Func<string, bool> valid)
    {
        var numbers = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (var (name, token) in Class(key, expected, t => t as JObject) ?? [])
        {
            var path = Join(PathOf(key), name);
            if (name.Length == 0 || !valid(name))
            {
                complaints.Add(token, $"{path} is not {expectedOfKeys}.");
            }
            else if (Number(token!, least, int.MaxValue) is { } number)
            {
                numbers[name] = number;
            }
            else if (token!.Type != JTokenType.Null)
            {
                complaints.Add(token, $"{path} is {Shown(token)}: expected a whole number of at least {least}.");
            }
        }

        return numbers.ToImmutable();
    }

    /// <summary>A value of a class; reading it as <see langword="null"/> is a complaint.</summary>
    public T? Class<T>(string key, string expected, Func<JToken, T?> read, bool secret = false)
        where T : class
    {
        if (Find(key) is not { } token)
        {
            return null;
        }

        var value = read(token);
        ComplainUnless(value is not null, key, token, expected, secret);
        return value;
    }

    /// <summary>A value of a struct; reading it as <see langword="null"/> is a complaint.</summary>
    public T? Value<T>(string key, string expected, Func<JToken, T?> read)
        where T : struct
    {
        if (Find(key) is not { } token)
        {
            return null;
        }

        var value = read(token);
        ComplainUnless(value is not null, key, token, expected, secret: false);
        return value;
    }

    /// <summary>A text's characters, or <see langword="null"/> for everything that is no text.</summary>
    public static string? Words(JToken? token) => token?.Type == JTokenType.String ? token.Value<string>() : null;

    /// <summary>A whole number within bounds; the JSON may write it 4 or 4.0.</summary>
    public static int? Number(JToken token, int least, int most) =>
        token.Type is JTokenType.Integer or JTokenType.Float && Real(token) is var n && n >= least && n <= most && Math.Floor(n) == n ? (int)n : null;

    /// <summary>A number of hosts, written as a number, or a share of them, written as a text such as <c>"10%"</c>.</summary>
    public static HostShare? Share(JToken token) => Number(token, 0, int.MaxValue) is { } count
        ? new HostShare(count, null)
        : HostShare.TryParse(Words(token) ?? "", out var share) && share.Count is null ? share : null;

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

    private static double Real(JToken token) => ((JValue)token).Value switch
    {
        BigInteger big => (double)big,
        var number => Convert.ToDouble(number, CultureInfo.InvariantCulture),
    };

    private static ValueReference? Argument(JToken token) => Words(token) is { } text ? text : Reference(token);

    private static ValueReference? Reference(JToken token) => token switch
    {
        JObject { Count: 1 } json when Words(json["file"]) is { Length: > 0 } path && (Description.Words.IsAbsolute(path) || path.StartsWith("~/", StringComparison.Ordinal)) => new ValueReference.File(path),
        JObject { Count: 1 } json when Words(json["env"]) is { Length: > 0 } name && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') => new ValueReference.Environment(name),
        _ => null,
    };

    private JToken? Find(string key)
    {
        if (!known.Contains(key))
        {
            throw new InvalidOperationException($"The vocabulary of {Path} lacks {key}.");
        }

        return (json.TryGetValue(key, StringComparison.Ordinal, out var token) && token.Type != JTokenType.Null) || (former.TryGetValue(key, out var name) && json.TryGetValue(name, StringComparison.Ordinal, out token))
            ? token : null;
    }

    /// <summary>Reads a key of an earlier version as what it is called now.</summary>
    private void Rename(string name, string current)
    {
        if (json.TryGetValue(current, StringComparison.Ordinal, out var token) && token.Type != JTokenType.Null)
        {
            complaints.Add(json.Property(name), $"{PathOf(name)} is the earlier name of {current}, which is there too; keep {current}.");
            return;
        }

        former[current] = name;
        complaints.Rename(PathOf(name), name, current);
    }

    private void ComplainUnless(bool fine, string key, JToken token, string expected, bool secret)
    {
        if (!fine)
        {
            complaints.Add(token, $"{PathOf(key)} is {(secret ? "not right" : Shown(token))}: expected {expected}.");
        }
    }
}
