namespace NixDeploy;

/// <summary>How a command in front of a person behaves.</summary>
public sealed record ConsoleOptions
{
    /// <summary>A file that gets the machine-readable plan or result; <see langword="null"/> for none.</summary>
    public string? JsonFile { get; init; }

    /// <summary>Whether to print the plan and do nothing. Default false.</summary>
    public bool DryRun { get; init; }
}
