using System.Collections.Immutable;
using NixDeploy.HostProtocol;

namespace NixDeploy.Survey;

/// <summary>Locks of runs that are dead, which the run that is planned takes over.</summary>
/// <param name="Inspections">What hosts said, without those locks.</param>
/// <param name="Notes">A sentence for each.</param>
internal sealed record DeadLocks(ImmutableArray<HostInspection> Inspections, ImmutableArray<string> Notes)
{
    /// <summary>Finds them.</summary>
    /// <param name="inspections">What hosts said.</param>
    /// <param name="isDead">Whether the run that holds a lock is known to be dead.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    public static async Task<DeadLocks> OfAsync(
        ImmutableArray<HostInspection> inspections, Func<HostLock, CancellationToken, Task<bool>> isDead, CancellationToken cancellationToken)
    {
        var notes = ImmutableArray.CreateBuilder<string>();
        var found = ImmutableArray.CreateBuilder<HostInspection>(inspections.Length);
        foreach (var inspection in inspections)
        {
            if (inspection.State is { Lock: { Guarded: false } held } state && await isDead(held, cancellationToken).ConfigureAwait(false))
            {
                notes.Add($"{inspection.Host.Name} is locked by {held.Describe(state.Clock)}, which is dead: this run takes its lock over.");
                found.Add(inspection with { State = state with { Lock = null } });
            }
            else
            {
                found.Add(inspection);
            }
        }

        return new DeadLocks(found.MoveToImmutable(), notes.ToImmutable());
    }
}
