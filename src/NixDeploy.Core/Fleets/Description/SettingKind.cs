using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Fleets.Description;

/// <summary>What a setting's values are: how they are read from a description and from an argument, what is a valid one, and how they are shown.</summary>
internal abstract record SettingKind
{
    /// <summary>What is expected, for sentences: "a whole number of at least 1".</summary>
    public required string Expected { get; init; }

    /// <summary>A value's place holder, for arguments: SECONDS.</summary>
    public string Form { get; init; } = "";

    /// <summary>The JSON schema of a value.</summary>
    public required JObject Schema { get; init; }

    /// <summary>Reads an argument's text; <see langword="null"/> where it is no value.</summary>
    public Func<string, object?> Parse { get; init; } = _ => null;

    /// <summary>Reads JSON; <see langword="null"/> where it is no value. Given its path and where to complain. Not set: it is a text to parse.</summary>
    public Func<JToken, string, Complaints, object?>? ReadJson { get; init; }

    /// <summary>What is wrong with a value that a program has given, as what is expected instead; <see langword="null"/>: nothing.</summary>
    public Func<object, string?> Wrong { get; init; } = _ => null;

    /// <summary>A value as people write it.</summary>
    public Func<object, string> Shown { get; init; } = value => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    /// <summary>Whether an argument without a value means true.</summary>
    public bool IsFlag { get; init; }

    /// <summary>Whether an argument's value may be given piece by piece.</summary>
    public bool IsList { get; init; }

    /// <summary>Whether no sentence may show a value.</summary>
    public bool IsSecret { get; init; }

    /// <summary>The words that it is one of; empty: others.</summary>
    public ImmutableArray<string> Words { get; init; } = [];

    /// <summary>Reads a value of a description; <see langword="null"/> where it is wrong, which has been complained about then.</summary>
    public object? Read(JToken token, string path, Complaints complaints)
    {
        var before = complaints.Count;
        var text = SettingsObject.Words(token);
        var value = ReadJson is not null ? ReadJson(token, path, complaints) : text is null ? null : Parse(text);
        if (value is null && complaints.Count == before)
        {
            complaints.Add(token, $"{path} is {(IsSecret ? "not right" : SettingsObject.Shown(token))}: expected {Expected}{Text.DidYouMean(text ?? "", Words)}.");
        }

        return value;
    }
}

/// <inheritdoc/>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed record SettingKind<T> : SettingKind;

/// <summary>The kinds of settings that there are.</summary>
internal static class Kind
{
    /// <summary>Longer than any wait that makes sense, short enough for every timer.</summary>
    private const int MostSeconds = 30 * 24 * 3600;

    private const string ShareForm = "N\\|N%";
    private const string SharePattern = "^(100(\\.0*)?|[0-9]{1,2}(\\.[0-9]*)?)%$";
    private const string WordPattern = "^[^\\s,*?!@]+$";

    /// <summary>True or false.</summary>
    public static SettingKind<bool> Flag() => new()
    {
        Expected = "true or false",
        Form = "true\\|false",
        IsFlag = true,
        Schema = new JObject { ["type"] = "boolean" },
        ReadJson = (token, _, _) => token.Type == JTokenType.Boolean ? token.Value<bool>() : null,
        Parse = text => text.ToUpperInvariant() switch { "" or "TRUE" => true, "FALSE" => false, _ => null },
        Shown = value => (bool)value ? "true" : "false",
    };

    /// <summary>A whole number within bounds; the JSON may write it 4 or 4.0.</summary>
    public static SettingKind<int> Integer(int least, int most = int.MaxValue)
    {
        var schema = new JObject { ["type"] = "integer", ["minimum"] = least };
        if (most < int.MaxValue)
        {
            schema["maximum"] = most;
        }

        var expected = $"a whole number {(most == int.MaxValue ? $"of at least {least}" : $"from {least} to {most}")}";
        return new()
        {
            Expected = expected,
            Form = "N",
            Schema = schema,
            ReadJson = (token, _, _) => Within(Number(token), least, most),
            Parse = text => Within(Whole(text), least, most),
            Wrong = value => Within((int)value, least, most) is null ? expected : null,
        };
    }

    /// <summary>A number, possibly with a fraction, above 0.</summary>
    public static SettingKind<double> Factor() => new()
    {
        Expected = "a number above 0",
        Schema = new JObject { ["type"] = "number", ["exclusiveMinimum"] = 0 },
        ReadJson = (token, _, _) => Number(token) is > 0 and var number ? number : null,
    };

    /// <summary>A size that is written in mebibytes and is a number of bytes.</summary>
    public static SettingKind<long> Mebibytes()
    {
        var number = Integer(0);
        return new()
        {
            Expected = number.Expected,
            Form = "MEBIBYTES",
            Schema = number.Schema,
            ReadJson = (token, _, _) => Bytes(Within(Number(token), 0)),
            Parse = text => Bytes(Whole(text)),
            Wrong = value => (long)value >= 0 ? null : "0 or more bytes",
            Shown = value => ((long)value >> 20).ToString(CultureInfo.InvariantCulture),
        };

        static object? Bytes(int? mebibytes) => (long?)mebibytes << 20;
    }

    /// <summary>A duration in seconds, possibly with a fraction.</summary>
    public static SettingKind<TimeSpan> Seconds(bool zero = false)
    {
        var expected = $"a number of seconds {(zero ? "from 0" : "above 0")} to {MostSeconds}";
        return new()
        {
            Expected = expected,
            Form = "SECONDS",
            Schema = new JObject { ["type"] = "number", [zero ? "minimum" : "exclusiveMinimum"] = 0, ["maximum"] = MostSeconds },
            ReadJson = (token, _, _) => Duration(Number(token)),
            Parse = text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) ? Duration(seconds) : null,
            Wrong = value => Duration(((TimeSpan)value).TotalSeconds) is null ? expected : null,
            Shown = value => ((TimeSpan)value).TotalSeconds.ToString(CultureInfo.InvariantCulture),
        };

        object? Duration(double? seconds) => seconds <= MostSeconds && (zero ? seconds >= 0 : seconds > 0) ? TimeSpan.FromSeconds(seconds.Value) : null;
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
            Parse = word => words.IndexOf(word) is >= 0 and var index ? Enum.GetValues<T>()[index] : null,
            Wrong = value => Enum.IsDefined((T)value) ? null : Text.OneOf(words),
            Shown = value => JsonFormat.Word((Enum)value),
        };
    }

    /// <summary>A text that passes a test.</summary>
    /// <param name="expected">What is expected.</param>
    /// <param name="pattern">The same for the schema; <see langword="null"/>: any text that is not empty.</param>
    /// <param name="valid">The test.</param>
    /// <param name="form">The place holder.</param>
    public static SettingKind<string> String(string expected, string? pattern, Func<string, bool>? valid = null, string form = "")
    {
        return new()
        {
            Expected = expected,
            Form = form,
            Schema = pattern is null ? new JObject { ["type"] = "string", ["minLength"] = 1 } : Matching(pattern),
            Parse = Valid,
            Wrong = value => Valid((string)value) is null ? expected : null,
        };

        string? Valid(string text) => text.Length > 0 && (valid is null || valid(text)) ? text : null;
    }

    /// <summary>A word: selections are made of words, so none may look like a piece of one.</summary>
    public static SettingKind<string> Word(string expected = "a word", string form = "NAME", params ImmutableArray<string> suggestions)
    {
        var word = String(expected, WordPattern, Words.IsWord, form);
        return suggestions.IsEmpty ? word : word with { Schema = Either(new JObject { ["enum"] = new JArray(suggestions) }, word.Schema) };
    }

    /// <summary>A systemd unit's name.</summary>
    public static SettingKind<string> Unit() => String("a systemd unit's name", "^[A-Za-z0-9:_.\\\\@][A-Za-z0-9:_.\\\\@-]{0,254}$", Words.IsUnit);

    /// <summary>A text, or the file or environment variable that has it.</summary>
    /// <param name="expected">What is expected of the text.</param>
    /// <param name="pattern">The same for the schema.</param>
    /// <param name="valid">The same as a test.</param>
    /// <param name="secret">Whether no sentence, plan or event may show the text.</param>
    public static SettingKind<ValueReference> Reference(string expected, string pattern, Func<string, bool> valid, bool secret = false) => new()
    {
        Expected = $"{expected}, or {{ \"file\": PATH }} or {{ \"env\": NAME }}",
        IsSecret = secret,
        Schema = Either(Matching(pattern), ReferenceSchema()),
        ReadJson = (token, _, _) => SettingsObject.Words(token) is { Length: > 0 } text && valid(text)
            ? secret ? new ValueReference.Secret(text) : new ValueReference.Plain(text)
            : Elsewhere(token),
        Shown = value => ((ValueReference)value).Shown,
    };

    /// <summary>A list of values of one kind.</summary>
    /// <param name="element">What each of them is.</param>
    /// <param name="distinct">Whether a value that is given twice counts once.</param>
    public static SettingKind<ImmutableArray<T>> List<T>(SettingKind<T> element, bool distinct = false) => new()
    {
        Expected = $"a list, each element {element.Expected}",
        Schema = new JObject { ["type"] = "array", ["items"] = element.Schema },
        ReadJson = (token, path, complaints) =>
        {
            var values = (token as JArray)?.Select((e, i) => element.Read(e, $"{path}[{i}]", complaints)).OfType<T>();
            return values is null ? null : (distinct ? values.Distinct() : values).ToImmutableArray();
        },
        Shown = value => string.Join(' ', ((ImmutableArray<T>)value).Select(v => element.Shown(v!))),
    };

    /// <summary>A program that makes an account root without asking for a password where our scripts are.</summary>
    public static SettingKind<ImmutableArray<string>> Elevation()
    {
        var words = List(String(Text.ArgumentExpected, "^[^\\u0000]+$", Text.IsArgument));
        return words with
        {
            ReadJson = (token, path, complaints) =>
            {
                var command = words.ReadJson!(token, path, complaints);
                if (command is ImmutableArray<string> some && Description.Elevation.ReadsPassword(some) is { } word)
                {
                    complaints.Add(token, $"{path} reads a password from standard input ({Text.Quote(word)}), where our scripts are: expected a command that asks for none, such as [\"sudo\", \"-n\"] with NOPASSWD; passwords cannot be given.");
                }

                return command;
            },
        };
    }

    /// <summary>A host of the fleet.</summary>
    public static SettingKind<HostName> Host() => new()
    {
        Expected = "a host's name",
        Schema = Matching("^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$"),
        Parse = text => HostName.TryParse(text, out var name) ? name : null,
    };

    /// <summary>A program with its arguments, or the program alone, never a line for a shell.</summary>
    public static SettingKind<ImmutableArray<ValueReference>> Command() => new()
    {
        Expected = "a program, or a list of a program and its arguments",
        Schema = Either(Matching("^[^\\u0000]+$"), new JObject { ["type"] = "array", ["minItems"] = 1, ["items"] = Either(Matching("^[^\\u0000]*$"), ReferenceSchema()) }),
        ReadJson = (token, path, complaints) => ReadCommand(token, path, complaints)?.ToImmutableArray(),
    };

    /// <summary>A path in the Nix store.</summary>
    public static SettingKind<StorePath> StorePath() => new()
    {
        Expected = "a store path, /nix/store/HASH-NAME",
        Schema = Matching("^/nix/store/[0-9abcdfghijklmnpqrsvwxyz]{32}-[A-Za-z0-9+_?=-][A-Za-z0-9+._?=-]{0,210}$"),
        Parse = text => Fleets.StorePath.TryParse(text, out var path) ? path : null,
    };

    /// <summary>A share of something: 50%.</summary>
    public static SettingKind<double> Percent() => new()
    {
        Expected = "a share such as '50%'",
        Schema = Matching(SharePattern),
        Parse = text => HostShare.TryParse(text, out var share) ? share.Percent : null,
        Shown = value => new HostShare(null, (double)value).ToString(),
    };

    /// <summary>At least one host, or a share of them.</summary>
    public static SettingKind<HostShare> Share()
    {
        const string expected = "a whole number of at least 1, or a share above 0% and up to 100%, such as '10%'";
        return new()
        {
            Expected = expected,
            Form = ShareForm,
            Schema = Either(
                new JObject { ["type"] = "integer", ["minimum"] = 1 },
                new JObject { ["allOf"] = new JArray(Matching(SharePattern), new JObject { ["not"] = new JObject { ["pattern"] = "^0*\\.?0*%$" } }) }),
            ReadJson = (token, _, _) => ShareOf(token) is { IsSome: true } share ? share : null,
            Parse = text => HostShare.TryParse(text, out var share) ? share : null,
            Wrong = value => ((HostShare)value).IsSome ? null : expected,
        };
    }

    /// <summary>Numbers of hosts and shares of them that grow.</summary>
    public static SettingKind<ImmutableArray<HostShare>> Waves()
    {
        var shares = List(Share());
        return shares with
        {
            Form = "1,10%,…",
            IsList = true,
            ReadJson = (token, path, complaints) =>
            {
                var waves = shares.ReadJson!(token, path, complaints);
                if (waves is ImmutableArray<HostShare> some && CanarySettings.NotGrowing(some) is { } wave)
                {
                    complaints.Add(token, $"{path} do not grow: {wave} is no more than a wave before it.");
                }

                return waves;
            },
            Parse = text => text.Split(',', StringSplitOptions.TrimEntries).Select(t => HostShare.TryParse(t, out var share) ? share : null).ToList() is var waves && waves.Contains(null)
                ? null : waves.OfType<HostShare>().ToImmutableArray(),
            Wrong = value => (ImmutableArray<HostShare>)value is var waves && !waves.All(w => w.IsSome) ? shares.Expected
                : CanarySettings.NotGrowing(waves) is { } wave ? $"waves that grow: {wave} is no more than a wave before it" : null,
            Shown = value => string.Join(',', ((ImmutableArray<HostShare>)value).AsEnumerable()),
        };
    }

    /// <summary>How many hosts may fail: a number or a share, 0 too.</summary>
    public static SettingKind<FailureBudget> Budget() => new()
    {
        Expected = "a whole number of at least 0, or a share such as '25%'",
        Form = ShareForm,
        Schema = Either(new JObject { ["type"] = "integer", ["minimum"] = 0 }, Matching(SharePattern)),
        ReadJson = (token, _, _) => ShareOf(token) is { } share ? FailureBudget.Of(share) : null,
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
        Schema = new JObject { ["type"] = "object", ["additionalProperties"] = false, ["patternProperties"] = new JObject { [WordPattern] = Limit.Schema } },
        ReadJson = ReadLimits,
        Parse = ParseLimits,
        Wrong = value => ((ImmutableSortedDictionary<string, int>)value).All(l => l.Key.Length > 0 && Words.IsWord(l.Key) && l.Value >= 1) ? null : "tags, without spaces and commas, and 1 or more for each",
        Shown = value => string.Join(',', ((ImmutableSortedDictionary<string, int>)value).Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Key}:{l.Value}"))),
    };

    private static JObject Matching(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    private static SettingKind<int> Limit { get; } = Integer(1);

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

    private static double? Number(JToken token) => token switch
    {
        JValue { Value: BigInteger big } => (double)big,
        JValue { Type: JTokenType.Integer or JTokenType.Float } number => Convert.ToDouble(number.Value, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static int? Whole(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static int? Within(double? number, int least, int most = int.MaxValue) =>
        number >= least && number <= most && Math.Floor(number.Value) == number ? (int)number : null;

    /// <summary>A number of hosts, written as a number, or a share of them, written as a text such as <c>"10%"</c>.</summary>
    private static HostShare? ShareOf(JToken token) => Within(Number(token), 0) is { } count
        ? new HostShare(count, null)
        : HostShare.TryParse(SettingsObject.Words(token) ?? "", out var share) && share.Count is null ? share : null;

    /// <summary>Where a value is read that is not given itself.</summary>
    private static ValueReference? Elsewhere(JToken token) => token switch
    {
        JObject { Count: 1 } json when SettingsObject.Words(json["file"]) is { Length: > 0 } path && (Words.IsAbsolute(path) || path.StartsWith("~/", StringComparison.Ordinal)) => new ValueReference.File(path),
        JObject { Count: 1 } json when SettingsObject.Words(json["env"]) is { Length: > 0 } name && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') => new ValueReference.Environment(name),
        _ => null,
    };

    private static List<ValueReference>? ReadCommand(JToken token, string path, Complaints complaints)
    {
        List<ValueReference?> arguments = token is JArray list
            ? [.. list.Select(a => SettingsObject.Words(a) is { } text ? text : Elsewhere(a))]
            : [SettingsObject.Words(token) is { } program ? new ValueReference.Plain(program) : null];
        if (arguments.Count == 0 || arguments.Contains(null) || arguments[0] is ValueReference.Plain { Value: "" })
        {
            return null;
        }

        if (arguments.OfType<ValueReference.Plain>().FirstOrDefault(a => !Text.IsArgument(a.Value)) is { } word)
        {
            complaints.Add(token, $"{path} has {Text.Quote(word.Value)}: expected {Text.ArgumentExpected}.");
        }

        return arguments!;
    }

    private static ImmutableSortedDictionary<string, int>? ReadLimits(JToken token, string path, Complaints complaints)
    {
        if (token is not JObject json)
        {
            complaints.Add(token, $"{path} is {SettingsObject.Shown(token)}: expected an object with a whole number for each tag.");
            return null;
        }

        var limits = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (var (tag, limit) in json)
        {
            if (tag.Length == 0 || !Words.IsWord(tag))
            {
                complaints.Add(limit, $"{SettingsObject.Join(path, tag)} is not a tag.");
            }
            else if (limit!.Type != JTokenType.Null && Limit.Read(limit, SettingsObject.Join(path, tag), complaints) is int number)
            {
                limits[tag] = number;
            }
        }

        return limits.ToImmutable();
    }

    private static ImmutableSortedDictionary<string, int>? ParseLimits(string text)
    {
        var limits = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (var piece in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = piece.LastIndexOf(':');
            if (colon < 1 || Limit.Parse(piece[(colon + 1)..]) is not int limit)
            {
                return null;
            }

            if (!limits.TryAdd(piece[..colon], limit))
            {
                throw new UsageException("ND0212", $"--tag-limits limits {Text.Quote(piece[..colon])} twice; keep one.");
            }
        }

        return limits.ToImmutable();
    }
}
