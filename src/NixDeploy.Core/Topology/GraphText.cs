using System.Globalization;
using System.Text;

namespace NixDeploy.Topology;

/// <summary>Pictures as text for the programs that draw them. Pure: the same picture gives the same text; names stay names, whatever is in them.</summary>
internal static class GraphText
{
    /// <summary>As long as a host's name may be; a role beyond that would make the picture unreadable.</summary>
    private const int LongestText = 253;

    /// <summary>What Mermaid reads as it stands, within quotes, beside letters and digits.</summary>
    private const string MermaidPlain = " ._-(),/";

    private static readonly (GraphState State, string Fill, string Line)[] Colours =
    [
        (GraphState.Changed, "#d6e8ff", "#1f5fa8"),
        (GraphState.Skipped, "#f2f2f2", "#8a8a8a"),
        (GraphState.Blocked, "#ffd9d9", "#b3261e"),
        (GraphState.Outside, "#ffffff", "#8a8a8a"),
    ];

    /// <summary>As Graphviz reads it: <c>dot -Tsvg</c>.</summary>
    public static string Dot(GraphPicture picture)
    {
        var text = new StringBuilder("digraph fleet {\n  rankdir=TB;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n");
        foreach (var (number, node) in picture.Nodes.Index())
        {
            var (_, fill, line) = Colours.First(c => c.State == node.State);
            text.Append(CultureInfo.InvariantCulture, $"  n{number} [label=\"{Label(node, DotEscape, @"\n")}\", color=\"{line}\", fillcolor=\"{fill}\"];\n");
        }

        foreach (var edge in picture.Edges)
        {
            text.Append(CultureInfo.InvariantCulture, $"  n{picture.Numbers[edge.Dependency]} -> n{picture.Numbers[edge.Dependent]};\n");
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>As Mermaid reads it: in a Markdown block of that name, or a file of its own.</summary>
    public static string Mermaid(GraphPicture picture)
    {
        var text = new StringBuilder("flowchart TD\n");
        foreach (var (number, node) in picture.Nodes.Index())
        {
            text.Append(CultureInfo.InvariantCulture, $"  n{number}[\"{Label(node, MermaidEscape, "<br/>")}\"]:::{Word(node.State)}\n");
        }

        foreach (var edge in picture.Edges)
        {
            text.Append(CultureInfo.InvariantCulture, $"  n{picture.Numbers[edge.Dependency]} --> n{picture.Numbers[edge.Dependent]}\n");
        }

        foreach (var (state, fill, line) in Colours)
        {
            text.Append(CultureInfo.InvariantCulture, $"  classDef {Word(state)} fill:{fill},stroke:{line},color:#000000\n");
        }

        return text.ToString();
    }

    private static string Word(GraphState state) => state.ToString().ToLowerInvariant();

    /// <summary>Name and role, and below them what happens; colours alone tell nothing to those who do not see them.</summary>
    private static string Label(GraphNode node, Func<string, string> escape, string lineEnd) =>
        $"{escape(node.Name)}{(string.IsNullOrWhiteSpace(node.Role) ? "" : $" ({escape(node.Role)})")}{lineEnd}{Word(node.State)}";

    /// <summary>Graphviz reads escapes (<c>\N</c>) and HTML entities in labels.</summary>
    private static string DotEscape(string text) =>
        OneLine(text).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("&", "&amp;", StringComparison.Ordinal);

    /// <summary>Whatever could mean something to Mermaid, in any of its versions, by its number.</summary>
    private static string MermaidEscape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var rune in OneLine(text).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || (rune.IsAscii && MermaidPlain.Contains((char)rune.Value)))
            {
                escaped.Append(rune);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"#{rune.Value};");
            }
        }

        return escaped.ToString();
    }

    /// <summary>Control and invisible characters belong in no picture.</summary>
    private static string OneLine(string text)
    {
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= LongestText)
            {
                return line.Append('…').ToString();
            }

            line.Append(Rune.GetUnicodeCategory(rune) switch
            {
                UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => " ",
                UnicodeCategory.Format => "",
                _ => rune.ToString(),
            });
        }

        return line.ToString();
    }
}
