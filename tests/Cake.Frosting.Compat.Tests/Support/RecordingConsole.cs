using System.Globalization;
using System.Text;
using Cake.Core;
using Spectre.Console;

namespace Cake.Frosting.Compat.Tests.Support;

/// <summary>A console that remembers what was written to it.</summary>
internal sealed class RecordingConsole : IConsole
{
    private readonly StringBuilder _text = new();

    public RecordingConsole() =>
        Ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Out = new AnsiConsoleOutput(new StringWriter(_text, CultureInfo.InvariantCulture)),
        });

    /// <summary>The same console for those who write tables to it.</summary>
    public IAnsiConsole Ansi { get; }

    public string Text => _text.ToString();

    public ConsoleColor ForegroundColor { get; set; }

    public ConsoleColor BackgroundColor { get; set; }

    public bool SupportAnsiEscapeCodes => false;

    public void Write(string format, params object[] arg) => _text.Append(Format(format, arg));

    public void WriteLine(string format, params object[] arg) => _text.AppendLine(Format(format, arg));

    public void WriteError(string format, params object[] arg) => Write(format, arg);

    public void WriteErrorLine(string format, params object[] arg) => WriteLine(format, arg);

    public void ResetColor()
    {
    }

    private static string Format(string format, object[] arg) =>
        arg.Length == 0 ? format : string.Format(CultureInfo.InvariantCulture, format, arg);
}
