using System.Collections.Immutable;
using System.Globalization;
using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>Reads values out of arguments, each of which may have been given several times or without a value.</summary>
internal sealed class ArgumentReader(IReadOnlyDictionary<string, ImmutableArray<string>> given)
{
    /// <summary>A text, or <see langword="null"/> when the argument is not given.</summary>
    public string? Value(string name, string expected) => Single(name) switch
    {
        null => null,
        { Length: > 0 } value => value,
        _ => throw Invalid(name, "", expected),
    };

    /// <summary>A list, parts of which may have been given one by one.</summary>
    public string? List(string name) => given.TryGetValue(name, out var values) ? string.Join(',', values) : null;

    /// <summary>A whole number, or <see langword="null"/> when the argument is not given.</summary>
    public int? Number(string name, int least)
    {
        var expected = $"a whole number of at least {least}";
        var text = Value(name, expected);
        return text is null ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least ? number
            : throw Invalid(name, text, expected);
    }

    /// <summary>True or false; the argument without a value is true.</summary>
    public bool? Flag(string name) => Single(name)?.ToUpperInvariant() switch
    {
        null => null,
        "" or "TRUE" => true,
        "FALSE" => false,
        _ => throw Invalid(name, Single(name)!, "true or false"),
    };

    /// <summary>A file whose name ends in one of some ways.</summary>
    public string? File(string name, params ImmutableArray<string> endings)
    {
        var expected = endings.IsEmpty ? "a file" : $"a file that ends in {string.Join(", ", endings[..^1])} or {endings[^1]}";
        var text = Value(name, expected);
        return text is null || endings.IsEmpty || endings.Contains(Path.GetExtension(text), StringComparer.OrdinalIgnoreCase) ? text : throw Invalid(name, text, expected);
    }

    /// <summary>The request with an option's value, where it is given.</summary>
    public DeploymentRequest Apply(RequestOption option, DeploymentRequest request) =>
        !Has(option.Name) ? request : option.Apply(request, option.IsList ? List(option.Name)! : Single(option.Name)!);

    /// <summary>Whether the argument is given, with whatever value.</summary>
    public bool Has(string name) => given.ContainsKey(name);

    private string? Single(string name) => given.TryGetValue(name, out var values)
        ? values.Length <= 1 ? values.FirstOrDefault() ?? "" : throw new UsageException("ND0212", $"--{name} is given {values.Length} times, expected once.")
        : null;

    private static UsageException Invalid(string name, string value, string expected) =>
        new("ND0211", $"--{name}: {(value.Length == 0 ? "no value" : $"invalid value '{value}'")}; expected {expected}.");
}
