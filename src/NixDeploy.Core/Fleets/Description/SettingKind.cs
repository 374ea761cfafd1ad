using System.Collections.Immutable;
using System.Globalization;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>What a setting's values are: how they are read from a description and from an argument, what is a valid one, and how they are shown.</summary>
internal abstract record SettingKind
{
    /// <summary>What is expected, for sentences: "a whole number of at least 1".</summary>
    public required string Expected { get; init; }

    /// <summary>A value's place holder, for arguments: SECONDS.</summary>
    public required string Form { get; init; }

    /// <summary>The JSON schema of a value.</summary>
    public required JObject Schema { get; init; }

    /// <summary>Reads a key of an object; <see langword="null"/> where it is absent, or wrong, which has been complained about then.</summary>
    public required Func<SettingsObject, string, object?> Read { get; init; }

    /// <summary>Reads an argument's text; <see langword="null"/> where it is no value.</summary>
    public Func<string, object?> Parse { get; init; } = _ => null;

    /// <summary>What is wrong with a value that a program has given, as what is expected instead; <see langword="null"/>: nothing.</summary>
    public Func<object, string?> Wrong { get; init; } = _ => null;

    /// <summary>A value as people write it.</summary>
    public Func<object, string> Shown { get; init; } = value => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    /// <summary>Whether an argument without a value means true.</summary>
    public bool IsFlag { get; init; }

    /// <summary>Whether an argument's value may be given piece by piece.</summary>
    public bool IsList { get; init; }

    /// <summary>The words that it is one of; empty: others.</summary>
    public ImmutableArray<string> Words { get; init; } = [];
}

/// <inheritdoc/>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed record SettingKind<T> : SettingKind;

/// <summary>The kinds of settings that there are.</summary>
internal static class Kind
{
    /// <summary>What is expected of a number of canaries, and of a wave.</summary>
    private const string SomeHosts = "a whole number of at least 1, or a share above 0% and up to 100%, such as '10%'";

    private const string ShareForm = "N\\|N%";
    private const string SharePattern = "^(100(\\.0*)?|[0-9]{1,2}(\\.[0-9]*)?)%$";
    private const string WordPattern = "^[^\\s,*?!@]+$";

    /// <summary>True or false.</summary>
    public static SettingKind<bool> Flag() => new()
    {
        Expected = "true or false",
        Form = "true\\|false",
        IsFlag = true,
        Schema = Type("boolean"),
        Read = (settings, key) => settings.Flag(key),
        Parse = text => text.ToUpperInvariant() switch { "" or "TRUE" => true, "FALSE" => false, _ => null },
        Shown = value => (bool)value ? "true" : "false",
    };

    /// <summary>A whole number within bounds.</summary>
    public static SettingKind<int> Integer(int least, int most = int.MaxValue)
    {
        var schema = new JObject { ["type"] = "integer", ["minimum"] = least };
        if (most < int.MaxValue)
        {
            schema["maximum"] = most;
        }

        var expected = SettingsObject.ExpectedNumber(least, most);
        return new()
        {
            Expected = expected,
            Form = "N",
            Schema = schema,
            Read = (settings, key) => settings.Integer(key, least, most),
            Parse = text => Whole(text) is { } number && number >= least && number <= most ? number : null,
            Wrong = value => value is int number && number >= least && number <= most ? null : expected,
        };
    }

    /// <summary>A number, possibly with a fraction, above 0.</summary>
    public static SettingKind<double> Factor() => new()
    {
        Expected = "a number above 0",
        Form = "X",
        Schema = new JObject { ["type"] = "number", ["exclusiveMinimum"] = 0 },
        Read = (settings, key) => settings.Real(key, "a number above 0", n => n > 0),
    };

    /// <summary>A size that is written in mebibytes and is a number of bytes.</summary>
    public static SettingKind<long> Mebibytes() => new()
    {
        Expected = "a whole number of at least 0",
        Form = "MEBIBYTES",
        Schema = new JObject { ["type"] = "integer", ["minimum"] = 0 },
        Read = (settings, key) => settings.Integer(key, 0) is { } mebibytes ? (long)mebibytes << 20 : null,
        Parse = text => Whole(text) is { } mebibytes ? (long)mebibytes << 20 : null,
        Wrong = value => (long)value >= 0 ? null : "0 or more bytes",
        Shown = value => ((long)value >> 20).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>A duration in seconds, possibly with a fraction.</summary>
    public static SettingKind<TimeSpan> Seconds(bool zero = false)
    {
        var expected = SettingsObject.ExpectedSeconds(zero);
        return new()
        {
            Expected = expected,
            Form = "SECONDS",
            Schema = new JObject { ["type"] = "number", [zero ? "minimum" : "exclusiveMinimum"] = 0, ["maximum"] = SettingsObject.MostSeconds },
            Read = (settings, key) => settings.Seconds(key, zero),
            Parse = text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var s) && SettingsObject.IsDuration(s, zero) ? TimeSpan.FromSeconds(s) : null,
            Wrong = value => SettingsObject.IsDuration(((TimeSpan)value).TotalSeconds, zero) ? null : expected,
            Shown = value => ((TimeSpan)value).TotalSeconds.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>One of an enumeration's names.</summary>
    public static SettingKind<T> Choice<T>()
        where T : struct, Enum
    {
        ImmutableArray<string> words = [.. Enum.GetValues<T>().Select(v => JsonFormat.Word(v))];
        return new()
        {
            Expected = Text.OneOf(words),
            Form = string.Join("\\|", words),
            Words = words,
            Schema = new JObject { ["enum"] = new JArray(words) },
            Read = (settings, key) => settings.Word(key, words) is { } word ? Of(word) : null,
            Parse = Of,
            Wrong = value => Enum.IsDefined((T)value) ? null : Text.OneOf(words),
            Shown = value => JsonFormat.Word((Enum)value),
        };

        object? Of(string word) => words.IndexOf(word) is >= 0 and var index ? Enum.GetValues<T>()[index] : null;
    }

    /// <summary>A text that passes a test.</summary>
    /// <param name="expected">What is expected.</param>
    /// <param name="pattern">The same for the schema; <see langword="null"/>: any text that is not empty.</param>
    /// <param name="valid">The test.</param>
    /// <param name="form">The place holder.</param>
    public static SettingKind<string> String(string expected, string? pattern, Func<string, bool>? valid = null, string form = "TEXT")
    {
        var isValid = valid ?? (_ => true);
        return new()
        {
            Expected = expected,
            Form = form,
            Schema = pattern is null ? new JObject { ["type"] = "string", ["minLength"] = 1 } : Matching(pattern),
            Read = (settings, key) => settings.String(key, expected, isValid),
            Parse = text => text.Length > 0 && isValid(text) ? text : null,
            Wrong = value => value is string { Length: > 0 } text && isValid(text) ? null : expected,
        };
    }

    /// <summary>A word: selections are made of words, so none may look like a piece of one.</summary>
    public static SettingKind<string> Word(string expected = "a word", string form = "NAME", params ImmutableArray<string> suggestions)
    {
        var word = String(expected, WordPattern, Words.IsWord, form);
        return suggestions.IsEmpty ? word : word with { Schema = Either(new JObject { ["enum"] = new JArray(suggestions) }, word.Schema) };
    }

    /// <summary>A text, or the file or environment variable that has it.</summary>
    /// <param name="expected">What is expected of the text.</param>
    /// <param name="pattern">The same for the schema.</param>
    /// <param name="valid">The same as a test.</param>
    /// <param name="secret">Whether no sentence, plan or event may show the text.</param>
    public static SettingKind<ValueReference> Reference(string expected, string pattern, Func<string, bool> valid, bool secret = false) => new()
    {
        Expected = expected,
        Form = "TEXT",
        Schema = Either(Matching(pattern), ReferenceSchema()),
        Read = (settings, key) => settings.Reference(key, expected, valid, secret),
        Shown = value => ((ValueReference)value).Shown,
    };

    /// <summary>Texts that pass a test, each once.</summary>
    public static SettingKind<ImmutableArray<string>> Strings(string expected, string pattern, Func<string, bool> valid, bool distinct = true) => new()
    {
        Expected = expected,
        Form = "LIST",
        Schema = List(Matching(pattern)),
        Read = (settings, key) => settings.Has(key) ? settings.Strings(key, expected, valid) is var all && distinct ? [.. all.Distinct(StringComparer.Ordinal)] : all : (ImmutableArray<string>?)null,
        Shown = value => string.Join(' ', ((ImmutableArray<string>)value).AsEnumerable()),
    };

    /// <summary>Hosts of the fleet, each once.</summary>
    public static SettingKind<ImmutableArray<HostName>> Hosts() => new()
    {
        Expected = "a host's name",
        Form = "LIST",
        Schema = List(Matching("^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$")),
        Read = (settings, key) => settings.Has(key) ? settings.Strings(key, "a host's name", t => HostName.TryParse(t, out _)).Select(HostName.Parse).Distinct().ToImmutableArray() : null,
        Shown = value => string.Join(' ', ((ImmutableArray<HostName>)value).Select(h => h.Value)),
    };

    /// <summary>A program with its arguments, or the program alone, never a line for a shell.</summary>
    public static SettingKind<ImmutableArray<ValueReference>> Command() => new()
    {
        Expected = "a program, or a list of a program and its arguments",
        Form = "LIST",
        Schema = Either(Matching("^[^\\u0000]+$"), new JObject { ["type"] = "array", ["minItems"] = 1, ["items"] = Either(Matching("^[^\\u0000]*$"), ReferenceSchema()) }),
        Read = (settings, key) => settings.Command(key),
    };

    /// <summary>A path in the Nix store.</summary>
    public static SettingKind<StorePath> StorePath() => new()
    {
        Expected = Words.StorePathExpected,
        Form = "PATH",
        Schema = Matching("^/nix/store/[0-9abcdfghijklmnpqrsvwxyz]{32}-[A-Za-z0-9+_?=-][A-Za-z0-9+._?=-]{0,210}$"),
        Read = (settings, key) => settings.Class(key, Words.StorePathExpected, t => Fleets.StorePath.TryParse(SettingsObject.Words(t), out var path) ? path : null),
    };

    /// <summary>A share of something: 50%.</summary>
    public static SettingKind<double> Percent() => new()
    {
        Expected = "a share such as '50%'",
        Form = "N%",
        Schema = Matching(SharePattern),
        Read = (settings, key) => settings.Class(key, "a share such as '50%'", t => HostShare.TryParse(SettingsObject.Words(t) ?? "", out var share) && share.Count is null ? share : null)?.Percent,
        Shown = value => new HostShare(null, (double)value).ToString(),
    };

    /// <summary>At least one host, or a share of them.</summary>
    public static SettingKind<HostShare> Share() => new()
    {
        Expected = SomeHosts,
        Form = ShareForm,
        Schema = SomeHostsSchema(),
        Read = (settings, key) => settings.Class(key, SomeHosts, Some),
        Parse = text => HostShare.TryParse(text, out var share) ? share : null,
        Wrong = value => ((HostShare)value).IsSome ? null : SomeHosts,
    };

    /// <summary>Numbers of hosts and shares of them that grow.</summary>
    public static SettingKind<ImmutableArray<HostShare>> Waves() => new()
    {
        Expected = $"a list, each element {SomeHosts}",
        Form = "1,10%,…",
        IsList = true,
        Schema = List(SomeHostsSchema()),
        Read = (settings, key) => settings.Waves(key, SomeHosts, Some),
        Parse = text => text.Split(',', StringSplitOptions.TrimEntries).Select(t => HostShare.TryParse(t, out var share) ? share : null).ToList() is var waves && waves.Contains(null)
            ? null : waves.OfType<HostShare>().ToImmutableArray(),
        Wrong = value => (ImmutableArray<HostShare>)value is var waves && !waves.All(w => w.IsSome) ? $"a list, each element {SomeHosts}"
            : CanarySettings.NotGrowing(waves) is { } wave ? $"waves that grow: {wave} is no more than a wave before it" : null,
        Shown = value => string.Join(',', ((ImmutableArray<HostShare>)value).AsEnumerable()),
    };

    /// <summary>How many hosts may fail: a number or a share, 0 too.</summary>
    public static SettingKind<FailureBudget> Budget() => new()
    {
        Expected = "a whole number of at least 0, or a share such as '25%'",
        Form = ShareForm,
        Schema = Either(new JObject { ["type"] = "integer", ["minimum"] = 0 }, Matching(SharePattern)),
        Read = (settings, key) => settings.Class(key, "a whole number of at least 0, or a share such as '25%'", t => SettingsObject.Share(t) is { } share ? FailureBudget.Of(share) : null),
        Parse = text => HostShare.TryParse(text, out var share) ? FailureBudget.Of(share) : null,
        Wrong = value => ((FailureBudget)value).IsValid ? null : "a whole number of at least 0, or a share from 0% to 100%",
        Shown = value => new HostShare(((FailureBudget)value).Count, ((FailureBudget)value).Percent).ToString(),
    };

    /// <summary>A whole number for each of some tags.</summary>
    public static SettingKind<ImmutableSortedDictionary<string, int>> TagLimits() => new()
    {
        Expected = "a tag and a whole number of at least 1 for each, such as db:1,web:2",
        Form = "TAG:N,…",
        IsList = true,
        Schema = new JObject { ["type"] = "object", ["additionalProperties"] = false, ["patternProperties"] = new JObject { [WordPattern] = new JObject { ["type"] = "integer", ["minimum"] = 1 } } },
        Read = (settings, key) => settings.Has(key) ? settings.Integers(key, "an object with a whole number for each tag", 1, "a tag", Words.IsWord) : null,
        Parse = Limits,
        Wrong = value => ((ImmutableSortedDictionary<string, int>)value).All(l => l.Key.Length > 0 && Words.IsWord(l.Key) && l.Value >= 1) ? null : "tags, without spaces and commas, and 1 or more for each",
        Shown = value => string.Join(',', ((ImmutableSortedDictionary<string, int>)value).Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Key}:{l.Value}"))),
    };

    /// <summary>Values that a reader of their own reads.</summary>
    public static SettingKind<T> Other<T>(string expected, JObject schema, Func<SettingsObject, string, object?> read) => new() { Expected = expected, Form = "", Schema = schema, Read = read };

    /// <summary>A text that matches.</summary>
    public static JObject Matching(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    /// <summary>A list.</summary>
    public static JObject List(JObject items) => new() { ["type"] = "array", ["items"] = items };

    private static JObject Type(string type) => new() { ["type"] = type };

    private static JObject Either(params JObject[] schemas) => new() { ["anyOf"] = new JArray(schemas.AsEnumerable<object>().ToArray()) };

    private static JObject ReferenceSchema() => Either(
        One("file", "^(/|~/)", "A file of the controller that has the value: an absolute path, or one below ~/."),
        One("env", "^[A-Za-z_][A-Za-z0-9_]*$", "An environment variable of the controller that has the value."));

    private static JObject One(string key, string pattern, string description)
    {
        var value = Matching(pattern);
        value["description"] = description;
        return new JObject { ["type"] = "object", ["required"] = new JArray(key), ["additionalProperties"] = false, ["properties"] = new JObject { [key] = value } };
    }

    private static JObject SomeHostsSchema() => Either(
        new JObject { ["type"] = "integer", ["minimum"] = 1 },
        new JObject { ["allOf"] = new JArray(Matching(SharePattern), new JObject { ["not"] = new JObject { ["pattern"] = "^0*\\.?0*%$" } }) });

    private static HostShare? Some(JToken token) => SettingsObject.Share(token) is { IsSome: true } share ? share : null;

    private static int? Whole(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static ImmutableSortedDictionary<string, int>? Limits(string text)
    {
        var limits = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (var piece in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = piece.LastIndexOf(':');
            if (colon < 1 || Whole(piece[(colon + 1)..]) is not >= 1 and var limit)
            {
                return null;
            }

            limits[piece[..colon]] = limits.ContainsKey(piece[..colon]) ? throw new UsageException("ND0212", $"--tag-limits limits {Text.Quote(piece[..colon])} twice; keep one.") : Whole(piece[(colon + 1)..])!.Value;
        }

        return limits.ToImmutable();
    }
}
