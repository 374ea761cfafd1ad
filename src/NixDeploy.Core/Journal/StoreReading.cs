using System.Collections.Immutable;
using NixDeploy.Planning;

namespace NixDeploy.Journal;

/// <summary>Reads from a store that may not be there; creates and changes nothing.</summary>
internal static class StoreReading
{
    /// <summary>Runs that include deferred hosts defer them again; so many other runs, such as drills and rollbacks, may lie between.</summary>
    private const int RunsOfDeferred = 100;

    /// <summary>The newest runs; none when nothing was ever deployed from this store.</summary>
    public static Task<ImmutableArray<RunSummary>> RunsAsync(this IDeploymentStoreProvider stores, int most, CancellationToken cancellationToken) =>
        stores.ReadAsync([], journal => journal.RunsAsync(most, cancellationToken), cancellationToken);

    /// <summary>The hosts of a fleet that wait for the next run.</summary>
    public static Task<ImmutableArray<DeferredHost>> DeferredAsync(this IDeploymentStoreProvider stores, string fleet, CancellationToken cancellationToken) =>
        stores.ReadAsync([], journal => journal.DeferredAsync(fleet, RunsOfDeferred, cancellationToken), cancellationToken);

    /// <summary>How long things took in so many of a fleet's newest runs.</summary>
    public static Task<DurationHistory> HistoryAsync(this IDeploymentStoreProvider stores, string fleet, int runs, CancellationToken cancellationToken) => stores.ReadAsync(
        DurationHistory.Empty,
        async journal => DurationHistoryReader.From(await journal.TimingsAsync(fleet, runs, cancellationToken).ConfigureAwait(false)),
        cancellationToken);

    /// <exception cref="StateException"><c>ND0710</c> to <c>ND0715</c>: there is a store, and it cannot be read.</exception>
    private static async Task<T> ReadAsync<T>(
        this IDeploymentStoreProvider stores, T none, Func<IDeploymentStore, Task<T>> read, CancellationToken cancellationToken)
    {
        if (await stores.OpenForReadingAsync(cancellationToken).ConfigureAwait(false) is not { } store)
        {
            return none;
        }

        await using (store.ConfigureAwait(false))
        {
            return await read(store).ConfigureAwait(false);
        }
    }
}
