using System.Text;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Plans;
using NixDeploy.Topology;

namespace NixDeploy.Terminal;

/// <summary>The files of a command: <c>--json</c>, <c>--markdown</c>, <c>--graph</c>.</summary>
/// <param name="options">Names the files.</param>
internal sealed class OutputFiles(ConsoleOptions options)
{
    /// <summary>A large plan has hundreds of megabytes, written in pieces of this size.</summary>
    private const int Buffer = 1 << 16;

    private static readonly Dictionary<string, Func<GraphPicture, string>> Graphs = new(StringComparer.OrdinalIgnoreCase)
    {
        [".dot"] = GraphText.Dot,
        [".gv"] = GraphText.Dot,
        [".mmd"] = GraphText.Mermaid,
        [".mermaid"] = GraphText.Mermaid,
    };

    /// <summary>Fails before a host is contacted rather than after the deployment.</summary>
    /// <exception cref="UsageException"><c>ND0211</c>: the graph has an unknown format; <c>ND0214</c>: a folder is missing.</exception>
    public void Check()
    {
        if (options.GraphFile is { } graph && !Graphs.ContainsKey(Path.GetExtension(graph)))
        {
            throw new UsageException("ND0211",
                $"--graph={graph}: expected a file that ends in .dot or .gv (Graphviz), .mmd or .mermaid (Mermaid), found {Text.Quote(Path.GetExtension(graph))}{Text.DidYouMean(Path.GetExtension(graph), Graphs.Keys)}.");
        }

        foreach (var (argument, file) in new[] { ("json", options.JsonFile), ("markdown", options.MarkdownFile), ("graph", options.GraphFile) })
        {
            if (file is null)
            {
                continue;
            }

            if (Directory.Exists(file))
            {
                throw new UsageException("ND0214", $"--{argument}={file} cannot be written: that is a folder; name a file in it.");
            }

            if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder))
            {
                throw new UsageException("ND0214", $"--{argument}={file} cannot be written: there is no folder {Text.Quote(folder)}.");
            }
        }
    }

    /// <summary>Writes the plan as Markdown and as a graph, where asked for.</summary>
    /// <exception cref="UsageException"><c>ND0214</c>: a file cannot be written.</exception>
    public void WritePlan(DeploymentPlan plan, IReadOnlyDictionary<HostName, string?> roles)
    {
        Write("markdown", options.MarkdownFile, text =>
        {
            foreach (var line in PlanMarkdown.Lines(plan, roles))
            {
                text.Write(line);
                text.Write('\n');
            }
        });
        Write("graph", options.GraphFile, text => text.Write(Graphs[Path.GetExtension(options.GraphFile!)](PlanGraph.Of(plan, roles))));
    }

    /// <summary>Writes the JSON document, where asked for.</summary>
    /// <param name="write">Writes it.</param>
    /// <exception cref="UsageException"><c>ND0214</c>: the file cannot be written.</exception>
    public void WriteJson(Action<TextWriter> write) => Write("json", options.JsonFile, write);

    private static void Write(string argument, string? file, Action<TextWriter> write)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            using var text = new StreamWriter(file, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Buffer);
            write(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException("ND0214", $"--{argument}={file} cannot be written: {e.Message}", e);
        }
    }
}
