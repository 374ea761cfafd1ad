using System.Collections.Frozen;

namespace NixDeploy.Health;

/// <summary>Names of systemd units, short and full.</summary>
internal static class UnitName
{
    private static readonly FrozenSet<string> Suffixes = FrozenSet.ToFrozenSet(
        [".service", ".socket", ".target", ".timer", ".mount", ".automount", ".swap", ".path", ".slice", ".scope", ".device"]);

    /// <summary>The full name: <c>.service</c> is added where there is no suffix.</summary>
    public static string Full(string unit) => Suffixes.Contains(Path.GetExtension(unit)) ? unit : unit + ".service";

    /// <summary>The full name as a pattern in which <c>*</c> and <c>?</c> stand for other characters, and a backslash for itself.</summary>
    public static string Pattern(string unit) => Full(unit).Replace("\\", "\\\\", StringComparison.Ordinal);
}
