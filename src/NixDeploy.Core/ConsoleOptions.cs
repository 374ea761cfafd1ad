namespace NixDeploy;

/// <summary>How a command in front of a person behaves.</summary>
public sealed record ConsoleOptions
{
    /// <summary>A file that gets the machine-readable plan or result; <see langword="null"/> for none.</summary>
    public string? JsonFile { get; init; }

    /// <summary>A file that gets the plan as Markdown; <see langword="null"/> for none.</summary>
    public string? MarkdownFile { get; init; }

    /// <summary>A file that gets the dependency graph, by its ending as Graphviz dot or Mermaid; <see langword="null"/> for none.</summary>
    public string? GraphFile { get; init; }

    /// <summary>Whether to print the plan and do nothing. Default false.</summary>
    public bool DryRun { get; init; }
}
