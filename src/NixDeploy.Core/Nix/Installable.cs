using System.Collections.Immutable;
using System.Text;

namespace NixDeploy.Nix;

/// <summary>A flake and an attribute in it, such as <c>./fleet#nixosConfigurations.web</c>.</summary>
/// <param name="Flake">What stands before the '#'.</param>
/// <param name="First">The first name of the attribute path, as it was written: Nix knows where in a flake to look for it.</param>
/// <param name="Rest">The names after it.</param>
internal sealed record Installable(string Flake, string First, ImmutableArray<string> Rest)
{
    /// <summary>Whether it is one rather than a path.</summary>
    public static bool IsOne(string text) => text.Contains('#', StringComparison.Ordinal);

    /// <summary>Takes it apart; quotes keep a name with dots together.</summary>
    public static Installable Parse(string text)
    {
        var hash = text.IndexOf('#', StringComparison.Ordinal);
        var names = new List<(string Written, string Name)>();
        var (written, name, quoted) = (new StringBuilder(), new StringBuilder(), false);
        foreach (var c in text.AsSpan(hash + 1))
        {
            if (c == '.' && !quoted)
            {
                names.Add((written.ToString(), name.ToString()));
                (written, name) = (new StringBuilder(), new StringBuilder());
                continue;
            }

            written.Append(c);
            if (c == '"')
            {
                quoted = !quoted;
            }
            else
            {
                name.Append(c);
            }
        }

        names.Add((written.ToString(), name.ToString()));
        return new Installable(text[..hash], names[0].Written, [.. names.Skip(1).Select(n => n.Name)]);
    }
}
