namespace NixDeploy.Fleets;

/// <summary>Small helpers for sentences that people read.</summary>
internal static class Text
{
    private const int LongestQuote = 120;

    /// <summary>The text in single quotes, control characters escaped and cut where it would fill the screen.</summary>
    public static string Quote(string? text)
    {
        if (text is null)
        {
            return "null";
        }

        var shown = text.Length <= LongestQuote ? text : text[..LongestQuote] + "…";
        return "'" + string.Concat(shown.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString())) + "'";
    }

    /// <summary>"a, b or c".</summary>
    public static string OneOf(IReadOnlyList<string> words) => words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";

    /// <summary>What is expected of a text that becomes a word on a host.</summary>
    public const string ArgumentExpected = "a text without NUL characters, which no program can be given";

    /// <summary>Whether a program can be given it.</summary>
    public static bool IsArgument(string text) => !text.Contains('\0', StringComparison.Ordinal);

    /// <summary>" (did you mean 'x'?)" with the candidate nearest to the text, or nothing when none is near.</summary>
    public static string DidYouMean(string text, IEnumerable<string> candidates) =>
        Nearest(text, candidates) is { } nearest ? $" (did you mean {Quote(nearest)}?)" : "";

    /// <summary>The candidate with the fewest edits, when they are few enough to be a slip of the hand.</summary>
    public static string? Nearest(string text, IEnumerable<string> candidates)
    {
        if (text.Length > LongestQuote)
        {
            return null;
        }

        var sought = text.ToUpperInvariant();
        var (nearest, least) = ((string?)null, int.MaxValue);
        foreach (var candidate in candidates)
        {
            var most = Math.Min(least, Math.Max(1, Math.Max(text.Length, candidate.Length) / 3));
            if (Math.Abs(text.Length - candidate.Length) <= most
                && Distance(sought, candidate.ToUpperInvariant(), most) is var distance && distance <= most
                && (distance < least || string.CompareOrdinal(candidate, nearest) < 0))
            {
                (nearest, least) = (candidate, distance);
            }
        }

        return nearest;
    }

    /// <summary>
    /// Edits from one text to the other, where two neighbours that changed places are one edit (optimal string alignment);
    /// something larger than <paramref name="most"/> as soon as there are more than that.
    /// </summary>
    private static int Distance(string a, string b, int most)
    {
        // Three rows of the table are all that a cell looks at.
        var width = b.Length + 1;
        Span<int> rows = stackalloc int[3 * width];
        var above = rows[..width];
        var row = rows[width..(2 * width)];
        var free = rows[(2 * width)..];
        for (var j = 0; j < width; j++)
        {
            row[j] = j;
        }

        var leastAbove = 0;
        for (var i = 1; i <= a.Length; i++)
        {
            var next = free;
            next[0] = i;
            var least = i;
            for (var j = 1; j < width; j++)
            {
                next[j] = Math.Min(Math.Min(row[j], next[j - 1]) + 1, row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    next[j] = Math.Min(next[j], above[j - 2] + 1);
                }

                least = Math.Min(least, next[j]);
            }

            if (least > most && leastAbove > most)
            {
                return least;
            }

            leastAbove = least;
            free = above;
            above = row;
            row = next;
        }

        return row[^1];
    }
}
