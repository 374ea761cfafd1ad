using System.Text;

namespace NixDeploy.Reporting.Model;

/// <summary>Escapes data, so that it cannot become markup.</summary>
internal static class Markdown
{
    /// <summary>CommonMark: any of these may stand behind a backslash and is then itself. Those that have no meaning within a line are omitted.</summary>
    private const string Special = "\\`*_{}[]<>#|~&$!@";

    /// <summary>As running text.</summary>
    public static string Text(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in Printable.Line(text))
        {
            if (Special.Contains(c))
            {
                escaped.Append('\\');
            }

            escaped.Append(c);
        }

        return escaped.ToString();
    }

    /// <summary>As code within a line: between more backticks than it has in a row.</summary>
    public static string Code(string text)
    {
        var line = Printable.Line(text);
        var ticks = new string('`', LongestRun(line) + 1);
        var pad = line.StartsWith('`') || line.EndsWith('`') || line.Length == 0 ? " " : "";
        return $"{ticks}{pad}{line}{pad}{ticks}";
    }

    /// <summary>As a block of lines, indented, between longer fences than any line in it could close.</summary>
    public static IEnumerable<string> Fence(IEnumerable<string> lines, string indent)
    {
        var shown = lines.SelectMany(Printable.Lines).ToList();
        var fence = new string('`', Math.Max(3, shown.Select(LongestRun).DefaultIfEmpty().Max() + 1));
        return [$"{indent}{fence}text", .. shown.Select(l => $"{indent}{l}".TrimEnd()), $"{indent}{fence}"];
    }

    private static int LongestRun(string text)
    {
        var (longest, run) = (0, 0);
        foreach (var c in text)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}
