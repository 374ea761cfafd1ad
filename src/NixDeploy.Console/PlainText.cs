using NixDeploy.Reporting.Model;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Writes lines as they are: Spectre's own writing would wrap them.</summary>
internal static class PlainText
{
    /// <summary>Writes each line of the text, control characters made visible.</summary>
    public static void WritePlain(this IAnsiConsole console, string text)
    {
        var writer = console.Profile.Out.Writer;
        lock (writer)
        {
            foreach (var line in Printable.Lines(text))
            {
                writer.Write(line + "\n");
            }

            writer.Flush();
        }
    }
}
