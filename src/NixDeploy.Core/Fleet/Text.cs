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

        var (candidate, distance) = candidates
            .Select(c => (Candidate: c, Distance: Distance(text.ToUpperInvariant(), c.ToUpperInvariant())))
            .OrderBy(p => p.Distance).ThenBy(p => p.Candidate, StringComparer.Ordinal)
            .FirstOrDefault((Candidate: "", Distance: int.MaxValue));
        return distance <= Math.Max(1, Math.Max(text.Length, candidate.Length) / 3) ? candidate : null;
    }

    /// <summary>Edits from one text to the other, where two neighbours that changed places are one edit (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        var edits = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                edits[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1, edits[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
                }
            }
        }

        return edits[a.Length, b.Length];
    }
}
