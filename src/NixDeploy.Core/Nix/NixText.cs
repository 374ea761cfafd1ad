using System.Text;

namespace NixDeploy.Nix;

/// <summary>Writes values as Nix expressions: the only way by which a value enters one.</summary>
internal static class NixText
{
    /// <summary>A string literal.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                // Every dollar, so that it never matters what follows it.
                '$' => "\\$",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\0' => throw new ArgumentException("Nix has no strings with a NUL character.", nameof(text)),
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A list of string literals.</summary>
    public static string List(IEnumerable<string> texts) => $"[ {string.Concat(texts.Select(t => Quote(t) + " "))}]";

    /// <summary>A path, whatever characters it has.</summary>
    public static string Path(string absolute) => $"(/. + {Quote(absolute)})";
}
