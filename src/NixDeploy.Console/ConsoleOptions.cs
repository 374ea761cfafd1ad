namespace NixDeploy.Terminal;

/// <summary>How a command in front of a person behaves.</summary>
public sealed record ConsoleOptions
{
    /// <summary>A file that gets the machine-readable plan or result; <see langword="null"/> for none.</summary>
    public string? JsonFile { get; init; }

    /// <summary>A file that gets the plan's graph: dot for <c>.dot</c> and <c>.gv</c>, Mermaid for <c>.mmd</c> and <c>.mermaid</c>; <see langword="null"/> for none.</summary>
    public string? GraphFile { get; init; }

    /// <summary>A file that gets the plan as Markdown; <see langword="null"/> for none.</summary>
    public string? MarkdownFile { get; init; }

    /// <summary>Whether everything that a run asks is approved in advance. Default false.</summary>
    public bool Yes { get; init; }

    /// <summary>Whether to print the plan and do nothing. Default false.</summary>
    public bool DryRun { get; init; }
}
