using System.Globalization;
using NixDeploy.Fleets;

namespace NixDeploy.Reporting;

/// <summary>Durations, sizes and counts as people read them.</summary>
internal static class Amounts
{
    private static readonly string[] Units = ["kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary><c>0.4s</c>, <c>45s</c>, <c>1m 23s</c>, <c>2h 5m</c>.</summary>
    public static string Duration(TimeSpan span)
    {
        var seconds = Math.Max(0, span.TotalSeconds);
        if (seconds < 9.95)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#}s");
        }

        var whole = TimeSpan.FromSeconds(Math.Round(seconds));
        return whole.TotalMinutes < 1 ? $"{whole.Seconds}s"
            : whole.TotalHours < 1 ? $"{whole.Minutes}m {whole.Seconds}s"
            : $"{(long)whole.TotalHours}h {whole.Minutes}m";
    }

    /// <summary><c>512 B</c>, <c>3.4 MB</c>: powers of 1000, as disks are sold.</summary>
    public static string Size(long bytes)
    {
        if (bytes < 1000)
        {
            return $"{bytes} B";
        }

        var (amount, unit) = (bytes / 1000.0, 0);
        for (; amount >= 999.95; unit++)
        {
            amount /= 1000;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{amount:0.#} {Units[unit]}");
    }

    /// <summary><c>1 host</c>, <c>3 hosts</c>.</summary>
    public static string Count(int number, string thing) => number == 1 ? $"1 {thing}" : $"{number} {thing}s";

    /// <summary>The names, or the first few of them and how many more there are.</summary>
    public static string Names(IReadOnlyCollection<HostName> names, int most = 4) => names.Count <= most
        ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(most - 1))} and {names.Count - most + 1} more";
}
