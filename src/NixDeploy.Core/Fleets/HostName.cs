using System.Diagnostics.CodeAnalysis;

namespace NixDeploy.Fleets;

/// <summary>A host's name in the fleet, as in <c>nixosConfigurations.NAME</c>.</summary>
/// <remarks>
/// Letters, digits, <c>-</c>, <c>_</c> and <c>.</c>; begins and ends with a letter, digit or <c>_</c>; 1 to 253 characters
/// (the length is RFC 1035's). Compared ordinally. The default value is no name and prints as an empty text.
/// </remarks>
public readonly record struct HostName : IComparable<HostName>
{
    private const int MaxLength = 253;

    private readonly string? value;

    private HostName(string value) => this.value = value;

    /// <summary>The name as text.</summary>
    public string Value => value ?? "";

    /// <summary>Makes a name from text.</summary>
    /// <exception cref="FleetException"><c>ND0101</c>: the text is no host name.</exception>
    public static HostName Parse(string text) => TryParse(text, out var name)
        ? name
        : throw new FleetException("ND0101",
            $"{Text.Quote(text)} is not a host name: letters, digits, '-', '_' and '.' are allowed, and it begins and ends with a letter, a digit or '_'.");

    /// <summary>Makes a name from text, or says that it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out HostName name)
    {
        var valid = text is { Length: > 0 and <= MaxLength } && IsOuter(text[0]) && IsOuter(text[^1]) && text.All(IsInner);
        name = valid ? new HostName(text!) : default;
        return valid;
    }

    private static bool IsOuter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private static bool IsInner(char c) => IsOuter(c) || c is '-' or '.';

    /// <inheritdoc/>
    public int CompareTo(HostName other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <summary>Ordinal order.</summary>
    public static bool operator <(HostName left, HostName right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >(HostName left, HostName right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator <=(HostName left, HostName right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >=(HostName left, HostName right) => left.CompareTo(right) >= 0;
}
