using System.Collections.Immutable;

namespace NixDeploy.Health;

/// <summary>No unit is failed that was not failed before we came; the host may have been degraded then already.</summary>
internal sealed class FailedUnitsProbe(ImmutableArray<string> before) : IProbe
{
    public bool WantsWholeState => true;

    public async Task<Look> LookAsync(Round round, TimeSpan limit, CancellationToken cancellationToken)
    {
        var failed = (await round.StateAsync(cancellationToken)).FailedUnits;
        ImmutableArray<string> newly = [.. failed.Except(before).Order(StringComparer.Ordinal)];
        return newly.IsEmpty
            ? Look.Passed("no unit is newly failed")
            : Look.Failed($"{string.Join(", ", newly)} {(newly.Length == 1 ? "is" : "are")} failed and {(newly.Length == 1 ? "was" : "were")} not before")
                with
            { Final = true, Culprits = newly };
    }
}
