using System.Collections.Immutable;
using System.Globalization;
using NixDeploy;
using NixDeploy.Fleets;

namespace Cake.Frosting.NixDeploy;

/// <summary>Reads values out of arguments, each of which may have been given several times or without a value.</summary>
internal sealed class ArgumentReader(IReadOnlyDictionary<string, ImmutableArray<string>> given)
{
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
        var names = Enum.GetNames<T>().Select(n => n.ToLowerInvariant()).ToList();
        var text = Value(name, string.Join(" or ", names));
        return text is null ? null
            : names.Contains(text) ? Enum.Parse<T>(text, ignoreCase: true)
            : throw Wrong(name, text, string.Join(" or ", names) + Text.DidYouMean(text, names));
    }

    private string? Single(string name) => given.TryGetValue(name, out var values)
        ? values.Length <= 1 ? values.FirstOrDefault() ?? "" : throw new UsageException("ND0212", $"--{name} is given {values.Length} times, expected once.")
        : null;

    private static UsageException Wrong(string name, string value, string expected) =>
        new("ND0211", value.Length == 0 ? $"--{name} has no value, expected {expected}." : $"--{name} is '{value}', expected {expected}.");
}
