namespace NixDeploy.Labs;

/// <summary>What a command answered.</summary>
public sealed record CommandOutput(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>The output without the newline at its end.</summary>
    public string Text => Output.TrimEnd('\n');
}
