namespace NixDeploy.Labs;

/// <summary>A command of the lab failed; the message has the command line and the end of what it said.</summary>
public sealed class LabCommandException(IReadOnlyList<string> command, CommandOutput output)
    : Exception($"`{string.Join(' ', command)}` failed with {output.ExitCode}: {LastLines(output)}")
{
    public CommandOutput Answer { get; } = output;

    private static string LastLines(CommandOutput output)
    {
        var said = string.IsNullOrWhiteSpace(output.Error) ? output.Output : output.Error;
        return string.Join('\n', said.Trim().Split('\n').TakeLast(20));
    }
}
