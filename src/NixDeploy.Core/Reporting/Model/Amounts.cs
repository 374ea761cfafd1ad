using System.Globalization;

namespace NixDeploy.Reporting.Model;

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

    /// <summary><c>45 seconds</c>, <c>3.5 minutes</c>, <c>2.1 hours</c>: about how long, for people who decide whether to wait.</summary>
    public static string Words(TimeSpan span)
    {
        var seconds = Math.Max(0, span.TotalSeconds);
        var (amount, digits, unit) = seconds < 9.95 ? (seconds, 1, "second")
            : seconds < 59.5 ? (seconds, 0, "second")
            : seconds < 59.95 * 60 ? (seconds / 60, 1, "minute")
            : seconds < 47.95 * 3600 ? (seconds / 3600, 1, "hour")
            : (seconds / 86_400, 1, "day");
        var rounded = Math.Round(amount, digits, MidpointRounding.AwayFromZero);
        return string.Create(CultureInfo.InvariantCulture, $"{rounded:0.#} {unit}{(rounded == 1 ? "" : "s")}");
    }

    /// <summary><c>3,980</c>.</summary>
    public static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

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
}
