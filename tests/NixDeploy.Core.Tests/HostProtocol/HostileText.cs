using System.Text;
using CsCheck;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>Texts that are made of what could hurt a shell, a terminal or our own lines.</summary>
internal static class HostileText
{
    private static readonly string[] Pieces =
    [
        "\t", "\n", "\\", "\\n", "\\t", "\r", "'", "\"", ";", "$(id)", "`id`", "-n", "*", " ", "%s", "é", "𝕏", "\u001b[31m", "\u007f", "unit", "nixdeploy-begin 1", "nixdeploy-end",
    ];

    /// <summary>Any text at all.</summary>
    public static Gen<string> Any { get; } = Gen.OneOf(Gen.String, Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 12].Select(string.Concat));

    /// <summary>What a program can be given as an argument.</summary>
    public static Gen<string> Argument { get; } = Any.Where(t => !t.Contains('\0', StringComparison.Ordinal) && t == Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(t)));
}
