using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NixDeploy.Reporting.Model;

/// <summary>Text of others, made fit to be shown: what a host or a build wrote must not steer the terminal that shows it.</summary>
internal static partial class Printable
{
    /// <summary>A longer line helps nobody, and one without an end would fill the disk.</summary>
    private const int LongestLine = 2000;

    /// <summary>The text as one line: no terminal sequences, control or invisible characters; line ends and tabs become blanks.</summary>
    public static string Line(string text)
    {
        var line = new StringBuilder(Math.Min(text.Length, LongestLine));
        foreach (var rune in Sequences().Replace(text, "").EnumerateRunes())
        {
            if (line.Length >= LongestLine)
            {
                return line.Append('…').ToString();
            }

            line.Append(Shown(rune));
        }

        return line.ToString().TrimEnd();
    }

    /// <summary>Every line of the text, each as <see cref="Line"/> has it.</summary>
    public static IEnumerable<string> Lines(string text) => text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(Line);

    private static string Shown(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        _ when rune.Value is '\t' or '\n' or '\r' => " ",

        // Bidirectional overrides and their like are of the category Format.
        UnicodeCategory.Control or UnicodeCategory.Format => "",
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => " ",
        _ => rune.ToString(),
    };

    /// <summary>ECMA-48: CSI sequences; OSC, DCS, SOS, PM and APC strings; two-character escapes; the same with C1 introducers.</summary>
    [GeneratedRegex(@"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]")]
    private static partial Regex Sequences();
}
