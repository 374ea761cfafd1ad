using System.Collections.Immutable;

namespace NixDeploy.Changes;

/// <summary>Reads what <c>switch-to-configuration dry-activate</c> says, the Perl one and its newer form.</summary>
internal static class DryActivationReader
{
    /// <summary>Lines such as <c>would restart the following units: a.service, b.service</c>; all others say nothing of units.</summary>
    public static DryActivation Read(IEnumerable<string> lines)
    {
        var said = lines.Select(l => l.Trim()).ToList();
        ImmutableArray<string> Units(string verb)
        {
            // "would NOT stop the following changed units" begins otherwise.
            var start = $"would {verb} the following units:";
            return
            [
                .. said.Where(l => l.StartsWith(start, StringComparison.Ordinal))
                    .SelectMany(l => l[start.Length..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ];
        }

        return new DryActivation { Stop = Units("stop"), Start = Units("start"), Restart = Units("restart"), Reload = Units("reload") };
    }
}
