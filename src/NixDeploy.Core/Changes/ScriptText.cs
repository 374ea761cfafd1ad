using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace NixDeploy.Changes;

/// <summary>The output of our scripts: lines of a key and values with tabs between them.</summary>
/// <remarks>In a value a tab is <c>\t</c>, a newline <c>\n</c> and a backslash <c>\\</c>, so that no foreign name can look like a line of the protocol.</remarks>
internal static partial class ScriptText
{
    /// <summary>The line that begins an answer.</summary>
    public const string Begin = "nixdeploy-begin 1";

    /// <summary>The line that ends it.</summary>
    public const string End = "nixdeploy-end";

    /// <summary>Everything behind the line that begins an answer; <see langword="null"/> when there is no such line.</summary>
    public static string? Body(string output)
    {
        const string first = "\n" + Begin + "\n";
        var all = "\n" + output;
        var start = all.IndexOf(first, StringComparison.Ordinal);
        return start >= 0 ? all[(start + first.Length)..] : null;
    }

    /// <summary>The lines of a body by their keys; <see langword="null"/> when it was cut short.</summary>
    public static ILookup<string, ImmutableArray<string>>? Lines(string body)
    {
        var lines = body.Split('\n');
        var end = Array.IndexOf(lines, End);
        return end >= 0
            ? lines.Take(end).Select(l => l.Split('\t')).ToLookup(f => f[0], f => f.Skip(1).Select(Unescape).ToImmutableArray())
            : null;
    }

    /// <summary>Undoes what the scripts do to a value; a backslash that escapes nothing is left as it is.</summary>
    public static string Unescape(string value) =>
        Escape().Replace(value, escape => escape.Value[1] switch { 't' => "\t", 'n' => "\n", _ => "\\" });

    [GeneratedRegex(@"\\[tn\\]")]
    private static partial Regex Escape();
}
