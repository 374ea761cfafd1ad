using System.Collections.Immutable;

namespace NixDeploy.Journal;

/// <summary>Which hosts earlier runs have deferred.</summary>
internal static class RunMemory
{
    /// <summary>Runs that include deferred hosts defer them again; so many other runs, such as drills and rollbacks, may lie between.</summary>
    private const int Runs = 100;

    /// <summary>The hosts of a fleet that wait for the next run; none when nothing was ever deployed from this store. Creates and changes nothing.</summary>
    /// <param name="stores">Opens the store, which may not be there.</param>
    /// <param name="fleet">Where the fleet is read, as its <see cref="Fleets.Fleet.Origin"/> says.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="StateException"><c>ND0710</c> to <c>ND0715</c>: there is a journal, and it cannot be read.</exception>
    public static Task<ImmutableArray<DeferredHost>> DeferredAsync(IDeploymentStoreProvider stores, string fleet, CancellationToken cancellationToken) =>
        stores.ReadAsync([], journal => journal.DeferredAsync(fleet, Runs, cancellationToken), cancellationToken);
}
