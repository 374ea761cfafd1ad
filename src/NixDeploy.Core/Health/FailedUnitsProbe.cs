using System.Collections.Immutable;

namespace NixDeploy.Health;

/// <summary>No unit is failed that was not failed before the activation; the host may have been degraded before.</summary>
internal sealed class FailedUnitsProbe(ImmutableArray<string> before) : IProbe
{
    public bool WantsWholeState => true;

    public async Task<ProbeResult> ProbeAsync(ProbeContext round, TimeSpan limit, CancellationToken cancellationToken)
    {
        var failed = (await round.StateAsync(cancellationToken)).FailedUnits;
        ImmutableArray<string> newly = [.. failed.Except(before).Order(StringComparer.Ordinal)];
        return newly.IsEmpty
            ? ProbeResult.Passed("no unit is newly failed")
            : ProbeResult.Failed($"{string.Join(", ", newly)} {(newly.Length == 1 ? "is" : "are")} failed and {(newly.Length == 1 ? "was" : "were")} not before")
                with
            { Final = true, Culprits = newly };
    }
}
