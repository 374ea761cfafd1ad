using NixDeploy.Reporting.Model;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Writes whole lines past Spectre's own writing, which would wrap them at some width.</summary>
internal static class PlainText
{
    /// <summary>Writes each line of the text, fit to be shown.</summary>
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
