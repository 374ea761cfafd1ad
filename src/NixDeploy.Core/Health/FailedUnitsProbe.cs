using System.Collections.Immutable;
using System.IO.Enumeration;

namespace NixDeploy.Health;

/// <summary>No unit is failed that was not failed before the activation; the host may have been degraded before.</summary>
internal sealed class FailedUnitsProbe(ImmutableArray<string> before, ImmutableArray<string> mayFail) : IProbe
{
    public bool WantsWholeState => true;

    public async Task<ProbeResult> ProbeAsync(ProbeContext round, TimeSpan limit, CancellationToken cancellationToken)
    {
        var failed = (await round.StateAsync(cancellationToken)).FailedUnits;
        var newly = failed.Where(u => !before.Contains(u) && !mayFail.Any(p => FileSystemName.MatchesSimpleExpression(p, u, ignoreCase: false))).Order(StringComparer.Ordinal).ToImmutableArray();
        return newly.IsEmpty
            ? ProbeResult.Passed(failed.IsEmpty ? "no unit is failed" : $"no unit is newly failed; {string.Join(", ", failed.Order(StringComparer.Ordinal))} {(failed.Length == 1 ? "was" : "were")} failed before or may be")
            : ProbeResult.Failed($"{string.Join(", ", newly)} {(newly.Length == 1 ? "is" : "are")} failed and {(newly.Length == 1 ? "was" : "were")} not before")
                with
            { Final = true, Culprits = newly };
    }
}
