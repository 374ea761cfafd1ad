using System.Collections.Immutable;
using System.Globalization;
using NixDeploy;
using NixDeploy.Fleets;

namespace Cake.Frosting.NixDeploy;

/// <summary>Reads values out of arguments, each of which may have been given several times or without a value.</summary>
internal sealed class ArgumentReader(IReadOnlyDictionary<string, ImmutableArray<string>> given)
{
    private const string HostsOrShare = "a number of hosts, or a share from 0% to 100%";

    /// <summary>A text, or <see langword="null"/> when the argument is not given.</summary>
    public string? Value(string name, string expected) => Single(name) switch
    {
        null => null,
        { Length: > 0 } value => value,
        _ => throw Wrong(name, "", expected),
    };

    /// <summary>A list, parts of which may have been given one by one.</summary>
    public string? List(string name) => given.TryGetValue(name, out var values) ? string.Join(',', values) : null;

    /// <summary>A whole number, or <see langword="null"/> when the argument is not given.</summary>
    public int? Number(string name, int least)
    {
        var text = Value(name, $"a whole number, {least} or more");
        return text is null ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least ? number
            : throw Wrong(name, text, $"a whole number, {least} or more");
    }

    /// <summary>Yes or no; the argument without a value is yes.</summary>
    public bool? Flag(string name) => Single(name)?.ToUpperInvariant() switch
    {
        null => null,
        "" or "TRUE" => true,
        "FALSE" => false,
        _ => throw Wrong(name, Single(name)!, "nothing, true or false"),
    };

    /// <summary>One of an enumeration's names.</summary>
    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(Kebab).ToList();
        var text = Value(name, string.Join(" or ", names));
        return text is null ? null
            : names.IndexOf(text) is >= 0 and var index ? Enum.GetValues<T>()[index]
            : throw Wrong(name, text, string.Join(" or ", names) + Text.DidYouMean(text, names));
    }

    /// <summary>A number of hosts, or a share of them.</summary>
    public HostShare? Share(string name, string expected = HostsOrShare)
    {
        var text = Value(name, expected);
        return text is null ? null : HostShare.TryParse(text, out var share) ? share : throw Wrong(name, text, expected);
    }

    /// <summary>Numbers of hosts and shares of them, parts of which may have been given one by one.</summary>
    public ImmutableArray<HostShare>? Shares(string name) => List(name)?.Split(',', StringSplitOptions.TrimEntries)
        .Select(t => HostShare.TryParse(t, out var share) ? share : throw Wrong(name, List(name)!, $"a list, each element {HostsOrShare}, such as 1,10%,50%,100%"))
        .ToImmutableArray();

    /// <summary>Seconds, 0 or more, possibly with a fraction.</summary>
    public TimeSpan? Seconds(string name)
    {
        const string Expected = "seconds from 0 to 2592000";
        var text = Value(name, Expected);
        return text is null ? null
            : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 2592000 ? TimeSpan.FromSeconds(seconds)
            : throw Wrong(name, text, Expected);
    }

    /// <summary>Whole numbers by name, such as <c>db:1,web:2</c>.</summary>
    public ImmutableSortedDictionary<string, int>? Numbers(string name, int least)
    {
        if (List(name) is not { } text)
        {
            return null;
        }

        var numbers = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (var piece in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = piece.LastIndexOf(':');
            if (colon < 1 || !int.TryParse(piece.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < least)
            {
                throw Wrong(name, text, $"a list, each element a tag and a whole number, {least} or more, such as db:1,web:2");
            }

            if (!numbers.TryAdd(piece[..colon], number))
            {
                throw new UsageException("ND0212", $"--{name} limits '{piece[..colon]}' twice.");
            }
        }

        return numbers.ToImmutable();
    }

    /// <summary>A file whose name ends in one of some ways.</summary>
    public string? File(string name, params ImmutableArray<string> endings)
    {
        var expected = endings.IsEmpty ? "a file" : $"a file that ends in {string.Join(", ", endings[..^1])} or {endings[^1]}";
        var text = Value(name, expected);
        return text is null || endings.IsEmpty || endings.Contains(Path.GetExtension(text), StringComparer.OrdinalIgnoreCase) ? text : throw Wrong(name, text, expected);
    }

    /// <summary>Whether the argument is given, with whatever value.</summary>
    public bool Has(string name) => given.ContainsKey(name);

    private string? Single(string name) => given.TryGetValue(name, out var values)
        ? values.Length <= 1 ? values.FirstOrDefault() ?? "" : throw new UsageException("ND0212", $"--{name} is given {values.Length} times, expected once.")
        : null;

    private static UsageException Wrong(string name, string value, string expected) =>
        new("ND0211", value.Length == 0 ? $"--{name} has no value, expected {expected}." : $"--{name} is '{value}', expected {expected}.");

    /// <summary>An enumeration's name as the fleet's options have words: <c>dry-activate</c>.</summary>
    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"-{char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString()));
}
