using System.Buffers;

namespace NixDeploy.Changes;

/// <summary>Compares versions as Nix does (<c>builtins.compareVersions</c>, <c>nix-env --upgrade</c>).</summary>
/// <remarks>
/// A version is taken apart at dots, dashes and where digits meet other characters. Part by part: <c>pre</c> comes before everything,
/// then the end of the version, then words in ordinal order, then numbers. Numbers of any length are numbers here.
/// </remarks>
internal sealed class NixVersion : IComparer<string>
{
    private const int Number = 3;

    /// <summary>What ends a word.</summary>
    private static readonly SearchValues<char> Ends = SearchValues.Create(".-0123456789");

    private NixVersion()
    {
    }

    /// <summary>The order of versions; versions that are merely written differently (<c>1.0</c>, <c>1.00</c>) are equal.</summary>
    public static NixVersion Order { get; } = new();

    public int Compare(string? x, string? y)
    {
        var left = x.AsSpan();
        var right = y.AsSpan();
        while (!left.IsEmpty || !right.IsEmpty)
        {
            if (ComparePart(Next(ref left), Next(ref right)) is var order and not 0)
            {
                return order;
            }
        }

        return 0;
    }

    /// <summary>Takes the next part off the version; empty at its end.</summary>
    private static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> version)
    {
        version = version.TrimStart(".-");
        var length = !version.IsEmpty && char.IsAsciiDigit(version[0])
            ? version.IndexOfAnyExceptInRange('0', '9')
            : version.IndexOfAny(Ends);
        var part = length < 0 ? version : version[..length];
        version = version[part.Length..];
        return part;
    }

    private static int ComparePart(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        var rank = Rank(left);
        return rank != Rank(right) ? rank.CompareTo(Rank(right))
            : rank == Number ? CompareNumbers(left.TrimStart('0'), right.TrimStart('0'))
            : Math.Sign(left.SequenceCompareTo(right));
    }

    private static int Rank(ReadOnlySpan<char> part) => part switch
    {
        "pre" => 0,
        "" => 1,
        _ => char.IsAsciiDigit(part[0]) ? Number : 2,
    };

    private static int CompareNumbers(ReadOnlySpan<char> left, ReadOnlySpan<char> right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : Math.Sign(left.SequenceCompareTo(right));
}
