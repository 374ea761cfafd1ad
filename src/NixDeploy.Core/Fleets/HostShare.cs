using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace NixDeploy.Fleets;

/// <summary>A number of hosts, or a share of them.</summary>
/// <param name="Count">A number of hosts; or <see langword="null"/> when <paramref name="Percent"/> is given.</param>
/// <param name="Percent">A share, 0 to 100; or <see langword="null"/>.</param>
public sealed record HostShare(int? Count, double? Percent)
{
    /// <summary>Whether it is one of the two, in its range, and more than no host.</summary>
    internal bool IsSome => (Count, Percent) is ( >= 1, null) or (null, > 0 and <= 100);

    /// <summary>Reads <c>3</c> or <c>10%</c>; a share is 0 to 100.</summary>
    /// <param name="text">The text.</param>
    /// <param name="share">What it says.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out HostShare? share)
    {
        share = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? new HostShare(count, null)
            : text.EndsWith('%') && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100
                ? new HostShare(null, percent)
            : null;
        return share is not null;
    }

    /// <summary>How many hosts that is of so many: a share is rounded up, and at least 1.</summary>
    public int Of(int hosts) => Math.Clamp(Count ?? (int)Math.Ceiling(hosts * Percent.GetValueOrDefault() / 100), Math.Min(1, hosts), hosts);

    /// <inheritdoc/>
    public override string ToString() => Count?.ToString(CultureInfo.InvariantCulture) ?? string.Create(CultureInfo.InvariantCulture, $"{Percent}%");
}
