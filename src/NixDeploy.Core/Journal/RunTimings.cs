using NixDeploy.Planning;

namespace NixDeploy.Journal;

/// <summary>What planning wants to know of earlier runs.</summary>
internal static class RunTimings
{
    /// <summary>The history of a fleet; empty when nothing was ever deployed from this store. Creates and changes nothing.</summary>
    /// <param name="stores">Opens the store, which may not be there.</param>
    /// <param name="fleet">Where the fleet is read, as its <see cref="Fleets.Fleet.Origin"/> says.</param>
    /// <param name="runs">How many of the newest runs count, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="StateException"><c>ND0710</c> to <c>ND0715</c>: there is a journal, and it cannot be read.</exception>
    public static Task<DurationHistory> ReadAsync(IDeploymentStoreProvider stores, string fleet, int runs, CancellationToken cancellationToken) => stores.ReadAsync(
        DurationHistory.Empty,
        async journal => DurationHistoryReader.From(await journal.TimingsAsync(fleet, runs, cancellationToken).ConfigureAwait(false)),
        cancellationToken);
}
