using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace NixDeploy.Fleets;

/// <summary>A path of the Nix store: <c>/nix/store/HASH-NAME</c>, nothing below it.</summary>
/// <remarks>
/// HASH is 32 characters of Nix's base 32 (no e, o, t, u); NAME is 1 to 211 of <c>A-Z a-z 0-9 + - . _ ? =</c>
/// and does not begin with a dot. The rule is Nix's own (<c>checkName</c> in its <c>path.cc</c>).
/// </remarks>
public sealed record StorePath : IComparable<StorePath>
{
    private const string Root = "/nix/store/";
    private const int HashLength = 32;
    private const int MaxNameLength = 211;

    private static readonly SearchValues<char> Base32 = SearchValues.Create("0123456789abcdfghijklmnpqrsvwxyz");

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._?=");

    private StorePath(string value) => Value = value;

    /// <summary>The whole path as text.</summary>
    public string Value { get; }

    /// <summary>The 32 characters before the first dash.</summary>
    public string Hash => Value.Substring(Root.Length, HashLength);

    /// <summary>What follows the hash and its dash.</summary>
    public string Name => Value[(Root.Length + HashLength + 1)..];

    /// <summary>Makes a store path from text.</summary>
    /// <exception cref="FleetException"><c>ND0102</c>: the text is no store path.</exception>
    public static StorePath Parse(string text) => TryParse(text, out var path)
        ? path
        : throw new FleetException("ND0102", $"{Text.Quote(text)} is not a store path: expected /nix/store/HASH-NAME.");

    /// <summary>Makes a store path from text, or says that it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out StorePath? path)
    {
        path = null;
        if (text is null || !text.StartsWith(Root, StringComparison.Ordinal))
        {
            return false;
        }

        var rest = text.AsSpan(Root.Length);
        if (rest.Length < HashLength + 2 || rest.Length > HashLength + 1 + MaxNameLength || rest[HashLength] != '-' || rest[HashLength + 1] == '.')
        {
            return false;
        }

        if (rest[..HashLength].ContainsAnyExcept(Base32)
            || rest[(HashLength + 1)..].ContainsAnyExcept(NameCharacters))
        {
            return false;
        }

        path = new StorePath(text);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(StorePath? other) => string.CompareOrdinal(Value, other?.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <summary>Ordinal order.</summary>
    public static bool operator <(StorePath left, StorePath right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >(StorePath left, StorePath right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator <=(StorePath left, StorePath right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >=(StorePath left, StorePath right) => left.CompareTo(right) >= 0;
}
