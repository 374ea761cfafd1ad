using System.Collections.Immutable;
using NixDeploy;
using NixDeploy.Fleets.Description;

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

    /// <summary>A value of a kind, or <see langword="null"/> when the argument is not given.</summary>
    public T? Value<T>(string name, SettingKind<T> kind)
        where T : struct => Single(name) is { } text ? (T)(kind.Parse(text) ?? throw Invalid(name, text, kind.Expected)) : null;

    /// <summary>True or false; the argument without a value is true, and one that is not given false.</summary>
    public bool Flag(string name) => Value(name, Kind.Flag()) ?? false;

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
