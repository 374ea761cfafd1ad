using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CsCheck;
using NixDeploy.Tests.Planning;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Topology;

internal sealed partial class GraphTextTests
{
    private static readonly Gen<string> Texts = Gen.OneOf(
        PlanGen.Texts,
        Gen.OneOf(
            "\"]", "a\" --> b", "end", "graph", "subgraph x", "%% comment", "%%{init: {}}%%", "a\\", "\\\"", "\\N\\G\\l", "#quot;", "#35;", "&lt;b&gt;&amp;", "<b>x</b>", "<script>", "`md`",
            "style x:y #1;", "classDef a:b", "click n0 href", "]:::changed", "-->", "--", "//", "/*", "a;b", "{x|y}", "(((", "\r\nn9 -> n8", "\u202ex", "digraph {", "}", "a:port", "ä ß 名"),
        Gen.String[0, 300].Select(t => string.Concat(t.EnumerateRunes())));

    private static readonly Gen<GraphPicture> Pictures =
        from names in Texts.Array[0, 8]
        from roles in Texts.Null().Array[names.Length]
        from states in Gen.Enum<GraphState>().Array[names.Length]
        from edges in Gen.Bool.Array[names.Length * names.Length]
        select new GraphPicture(
            names.Select((n, i) => new GraphNode(n, roles[i], states[i])),
            names.SelectMany((a, i) => names.Where((_, j) => i < j && edges[(i * names.Length) + j]).Select(b => new GraphEdge(a, b))));

    private static readonly GraphPicture Small = new(
        [new GraphNode("razer", "mobile \"client\"", GraphState.Changed), new GraphNode("p620", null, GraphState.Skipped)],
        [new GraphEdge("p620", "razer"), new GraphEdge("p620", "razer"), new GraphEdge("p620", "nobody")]);

    [Test]
    public void Dot() => Assert.That(GraphText.Dot(Small), Is.EqualTo(
        """
        digraph fleet {
          rankdir=TB;
          node [shape=box, style="rounded,filled", fontname="sans-serif"];
          n0 [label="p620\nskipped", color="#8a8a8a", fillcolor="#f2f2f2"];
          n1 [label="razer (mobile \"client\")\nchanged", color="#1f5fa8", fillcolor="#d6e8ff"];
          n0 -> n1;
        }

        """.ReplaceLineEndings("\n")));

    [Test]
    public void Mermaid() => Assert.That(GraphText.Mermaid(Small), Does.StartWith(
        """
        flowchart TD
          n0["p620<br/>skipped"]:::skipped
          n1["razer (mobile #34;client#34;)<br/>changed"]:::changed
          n0 --> n1
          classDef changed fill:#d6e8ff,stroke:#1f5fa8,color:#000000

        """.ReplaceLineEndings("\n")));

    [Test]
    public void The_order_of_what_comes_in_does_not_matter() => Pictures.Sample(picture =>
    {
        var turned = new GraphPicture(picture.Nodes.Reverse(), picture.Edges.Reverse());
        return GraphText.Dot(turned) == GraphText.Dot(picture) && GraphText.Mermaid(turned) == GraphText.Mermaid(picture);
    });

    /// <summary>A grammar far stricter than Mermaid's own: whatever follows it cannot mean anything else there.</summary>
    [Test]
    public void Mermaid_is_nothing_but_nodes_edges_and_classes() => Pictures.Sample(
        picture =>
        {
            var lines = GraphText.Mermaid(picture).TrimEnd('\n').Split('\n');
            Assert.That(lines[0], Is.EqualTo("flowchart TD"));
            Assert.That(lines, Has.Length.EqualTo(1 + picture.Nodes.Length + picture.Edges.Length + 4));
            var nodes = lines.Skip(1).Take(picture.Nodes.Length).ToList();
            Assert.That(nodes, Is.All.Match(MermaidNode().ToString()));
            Assert.That(lines.Skip(1 + nodes.Count).Take(picture.Edges.Length), Is.All.Match(@"^  n\d+ --> n\d+$"));
            Assert.That(lines[^4..], Is.All.Match("^  classDef [a-z]+ fill:#[0-9a-f]{6},stroke:#[0-9a-f]{6},color:#000000$"));

            // Read back, a label says what was meant.
            foreach (var (node, line) in picture.Nodes.Zip(nodes).Where(n => n.First.Name.Length <= 250 && n.First.Name.All(c => c is >= ' ' and <= '~')))
            {
                var label = Code().Replace(MermaidNode().Match(line).Groups["label"].Value, m => char.ConvertFromUtf32(int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)));
                Assert.That(label, Does.StartWith(node.Name));
            }
        },
        iter: 1000);

    [Test]
    public void Graphviz_draws_every_graph()
    {
        RequireDot();
        var pictures = new List<GraphPicture>();
        Pictures.Sample(pictures.Add, iter: 200, threads: 1);
        var (svg, errors, exitCode) = Draw(string.Concat(pictures.Select(GraphText.Dot)));
        Assert.That(errors, Is.Empty);
        Assert.That(exitCode, Is.Zero);
        var drawings = svg.Split("<?xml").Skip(1).Select(d => XDocument.Parse(DocType().Replace("<?xml" + d, ""))).ToList();
        Assert.That(drawings, Has.Count.EqualTo(pictures.Count));
        foreach (var (picture, drawing) in pictures.Zip(drawings))
        {
            int Count(string kind) => drawing.Descendants().Count(e => (string?)e.Attribute("class") == kind);

            Assert.That((Count("node"), Count("edge")), Is.EqualTo((picture.Nodes.Length, picture.Edges.Length)), GraphText.Dot(picture));
        }
    }

    private static (string Output, string Errors, int ExitCode) Draw(string dot)
    {
        var start = new ProcessStartInfo("dot", ["-Tsvg"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.StandardInput.Write(dot);
        process.StandardInput.Close();
        process.WaitForExit();
        return (output.Result, errors.Result, process.ExitCode);
    }

    /// <summary>Skips the test where there is no Graphviz, and fails it where the lab is obligatory.</summary>
    private static void RequireDot()
    {
        if ((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(f => f.Length > 0 && File.Exists(Path.Combine(f, "dot"))))
        {
            return;
        }

        const string Reason = "dot is not on PATH: install it (apt install graphviz) to run this test.";
        if (Environment.GetEnvironmentVariable("NIXDEPLOY_LAB") == "required")
        {
            Assert.Fail(Reason);
        }

        Assert.Ignore(Reason);
    }

    [GeneratedRegex("""^  n\d+\["(?<label>(?:[\p{L}\p{Nd} ._\-(),/]|#\d+;)*)<br/>(?<state>changed|skipped|blocked|outside)"\]:::\k<state>$""")]
    private static partial Regex MermaidNode();

    [GeneratedRegex(@"#(\d+);")]
    private static partial Regex Code();

    [GeneratedRegex("<!DOCTYPE[^>]*>")]
    private static partial Regex DocType();
}
