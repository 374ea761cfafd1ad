using System.Text.RegularExpressions;

namespace NixDeploy.Nix;

/// <summary>Makes what Nix writes to its stderr fit into a sentence.</summary>
internal static partial class NixErrors
{
    private const int MostLines = 12;
    private const int LongestLine = 400;

    /// <summary>An error of ours, not of Nix: a bug.</summary>
    public static NixException Unexpected(Exception e) => new("ND0999", $"An internal error, please report it: {e.GetType().Name}: {e.Message}", e);

    /// <summary>Without colours and other terminal sequences.</summary>
    public static string Plain(string text) => Escapes().Replace(text, "");

    /// <summary>The last error in it: its message and where it is, without the trace before it and the excerpt of source after it.</summary>
    public static string Essence(string stderr)
    {
        var lines = Plain(stderr).Split('\n').Select(l => l.TrimEnd()).ToList();
        var start = lines.FindLastIndex(l => l.TrimStart() is var t && t.StartsWith("error:", StringComparison.Ordinal) && (t.Length > 6 || !TraceFollows(lines, l)));
        var essential = lines.Skip(Math.Max(start, 0))
            .Select(l => l.Trim())
            .Where(l => l.Length > 0 && !Excerpt().IsMatch(l) && !l.Contains("--show-trace", StringComparison.Ordinal))
            .Where(l => start >= 0 || !l.StartsWith("warning:", StringComparison.Ordinal))
            .ToList();
        var shown = start >= 0 ? Before(lines, start).Concat(essential).Take(MostLines) : essential.TakeLast(MostLines);
        var text = string.Join('\n', shown.Select(l => l.Length <= LongestLine ? l : l[..LongestLine] + "…"));
        return Secrets(text.StartsWith("error: ", StringComparison.Ordinal) ? text["error: ".Length..] : text);
    }

    /// <summary>Where Nix says only that another program failed, that program's own last words, which stand before: git's, and ssh's before them.</summary>
    private static IEnumerable<string> Before(List<string> lines, int start) => !OtherProgram().IsMatch(lines[start]) ? [] : lines
        .Take(start)
        .Select(l => l.Trim())
        .Where(l => l.Length > 0 && !l.StartsWith("warning:", StringComparison.Ordinal) && !l.StartsWith("error:", StringComparison.Ordinal) && !l.StartsWith("trace:", StringComparison.Ordinal))
        .TakeLast(MostLines / 2);

    /// <summary>What an evaluation that succeeded warned of: each warning once, in one line.</summary>
    public static IEnumerable<string> Warnings(string stderr) => Plain(stderr).Split('\n')
        .Select(l => l.Trim())
        .Select(l => l.StartsWith("trace: ", StringComparison.Ordinal) ? l["trace: ".Length..] : l)
        .Where(l => l.StartsWith("warning: ", StringComparison.Ordinal) || l.StartsWith("evaluation warning: ", StringComparison.Ordinal))
        .Select(l => Secrets(l.Length <= LongestLine ? l : l[..LongestLine] + "…"))
        .Distinct();

    /// <summary>Without the accounts and tokens that URLs may carry.</summary>
    public static string Secrets(string text) => Credentials().Replace(text, "://…@");

    /// <summary>Newer Nix begins with a lone <c>error:</c> and the trace, and says what is wrong in a second one.</summary>
    private static bool TraceFollows(List<string> lines, string error) =>
        lines.Skip(lines.LastIndexOf(error) + 1).FirstOrDefault(l => l.Length > 0)?.TrimStart().StartsWith('…') ?? true;

    [GeneratedRegex(@"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)")]
    private static partial Regex Escapes();

    [GeneratedRegex(@"^\s*error:\s+program '[^']+' failed with exit code")]
    private static partial Regex OtherProgram();

    [GeneratedRegex(@"^(\d+)?\s*\|( |$)")]
    private static partial Regex Excerpt();

    [GeneratedRegex(@"(?<=https?)://[^/@\s']+@|://[^/@\s':]+:[^/@\s']+@")]
    private static partial Regex Credentials();
}
