namespace NixDeploy.Journal;

/// <summary>Reads from a store that may not be there.</summary>
internal static class StoreReading
{
    /// <summary>Opens the store, reads from it and closes it; creates and changes nothing.</summary>
    /// <param name="stores">Opens the store.</param>
    /// <param name="none">The answer where nothing was ever written.</param>
    /// <param name="read">Reads.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <exception cref="StateException"><c>ND0710</c> to <c>ND0715</c>: there is a store, and it cannot be read.</exception>
    public static async Task<T> ReadAsync<T>(
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
