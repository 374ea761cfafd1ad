namespace NixDeploy.Terminal;

/// <summary>Options of the commands of <see cref="DeploymentConsole"/>.</summary>
public sealed record ConsoleOptions
{
    /// <summary>A file that gets the machine-readable plan or result; <see langword="null"/> for none.</summary>
    public string? JsonFile { get; init; }

    /// <summary>A file that gets the plan's graph: dot for <c>.dot</c> and <c>.gv</c>, Mermaid for <c>.mmd</c> and <c>.mermaid</c>; <see langword="null"/> for none.</summary>
    public string? GraphFile { get; init; }

    /// <summary>A file that gets the plan as Markdown; <see langword="null"/> for none.</summary>
    public string? MarkdownFile { get; init; }

    /// <summary>Whether every approval of a run is given in advance. Default false.</summary>
    public bool Yes { get; init; }

    /// <summary>Whether to show the plan without running it. Default false.</summary>
    public bool DryRun { get; init; }
}
