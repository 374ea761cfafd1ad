using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Prints progress as it is reported: <see cref="Progress{T}"/> would hand it to another thread and mix it with later output.</summary>
internal sealed class ProgressLines(IAnsiConsole console) : IProgress<string>
{
    /// <inheritdoc/>
    public void Report(string value) => console.WritePlain(value);
}
