using System.Collections.Immutable;

namespace NixDeploy.Changes;

/// <summary>Reads what <c>switch-to-configuration dry-activate</c> says, the Perl one and its newer form.</summary>
internal static class DryActivationReader
{
    /// <summary>
    /// Lines such as <c>would restart the following units: a.service, b.service</c>. Most restarts are told as a stop and a start; units that
    /// the new system has and the old one had not are not told at all (<see cref="DryActivation.Within"/>).
    /// </summary>
    public static DryActivation Read(IEnumerable<string> lines)
    {
        var said = lines.Select(l => l.Trim()).ToList();
        ImmutableArray<string> After(params ReadOnlySpan<string> starts)
        {
            var found = new List<string>();
            foreach (var start in starts)
            {
                found.AddRange(said.Where(l => l.StartsWith(start, StringComparison.Ordinal))
                    .SelectMany(l => l[start.Length..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));
            }

            return [.. found.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        }

        ImmutableArray<string> Units(string verb) => After($"would {verb} the following units:");

        return new DryActivation
        {
            Stop = Units("stop"),
            Start = Units("start"),
            Restart = Units("restart"),
            Reload = Units("reload"),
            Keep = After("would NOT stop the following changed units:"),
            RestartsSystemd = said.Contains("would restart systemd", StringComparer.Ordinal),
            // Perl scripts up to 24.05 take the two words for each other, and even stop it.
            SwapOff = After("would stop swap device:", "stopping swap device:"),
        }.WithRestarts([]);
    }
}
