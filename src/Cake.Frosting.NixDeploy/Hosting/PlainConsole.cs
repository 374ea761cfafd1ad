using Cake.Core;

namespace Cake.Frosting.NixDeploy;

/// <summary>Cake's console, without escape codes where a file or another program reads what it writes.</summary>
/// <param name="console">The console.</param>
internal sealed class PlainConsole(IConsole console) : IConsole
{
    public ConsoleColor ForegroundColor
    {
        get => console.ForegroundColor;
        set => console.ForegroundColor = value;
    }

    public ConsoleColor BackgroundColor
    {
        get => console.BackgroundColor;
        set => console.BackgroundColor = value;
    }

    public bool SupportAnsiEscapeCodes => !Console.IsOutputRedirected && !Console.IsErrorRedirected && console.SupportAnsiEscapeCodes;

    public void Write(string format, params object[] arg) => console.Write(format, arg);

    public void Write(string value) => console.Write(value);

    public void WriteLine(string format, params object[] arg) => console.WriteLine(format, arg);

    public void WriteLine(string value) => console.WriteLine(value);

    public void WriteError(string format, params object[] arg) => console.WriteError(format, arg);

    public void WriteError(string value) => console.WriteError(value);

    public void WriteErrorLine(string format, params object[] arg) => console.WriteErrorLine(format, arg);

    public void WriteErrorLine(string value) => console.WriteErrorLine(value);

    public void ResetColor() => console.ResetColor();
}
