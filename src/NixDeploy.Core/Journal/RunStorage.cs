namespace NixDeploy.Journal;

/// <summary>Opens the store of all runs.</summary>
public interface IDeploymentStoreProvider
{
    /// <summary>Opens the store for reading and writing, and creates it where it is missing.</summary>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <exception cref="StateException">It cannot be used.</exception>
    Task<IDeploymentStore> OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>Opens the store for reading only; creates and changes nothing.</summary>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The store, or <see langword="null"/> when nothing was ever written.</returns>
    /// <exception cref="StateException">It cannot be used.</exception>
    Task<IDeploymentStore?> OpenForReadingAsync(CancellationToken cancellationToken = default);
}

/// <summary>The store of a state folder: one SQLite file.</summary>
/// <param name="folder">The state folder; it need not be there yet.</param>
internal sealed class SqliteStoreProvider(string folder) : IDeploymentStoreProvider
{
    public async Task<IDeploymentStore> OpenAsync(CancellationToken cancellationToken = default) =>
        await SqliteStore.OpenAsync(StateFolder.Open(folder).Path, cancellationToken).ConfigureAwait(false);

    public async Task<IDeploymentStore?> OpenForReadingAsync(CancellationToken cancellationToken = default) =>
        await SqliteStore.OpenForReadingAsync(folder, cancellationToken).ConfigureAwait(false);
}

/// <summary>The leases of a state folder: a locked file in each run's folder.</summary>
/// <param name="folder">The state folder.</param>
internal sealed class FolderLeaseProvider(string folder) : ILeaseProvider
{
    public Task<IRunLease> AcquireAsync(string run, CancellationToken cancellationToken = default)
    {
        var runFolder = StateFolder.Open(folder).Run(run);
        PrivateFiles.CreateFolder(runFolder.Path);
        return Task.FromResult<IRunLease>(ControllerLock.Take(runFolder));
    }

    public Task<IRunLease?> TakeOverAsync(string run, CancellationToken cancellationToken = default) =>
        Task.FromResult<IRunLease?>(ControllerLock.TakeOver(StateFolder.Open(folder).Run(run)));
}

/// <summary>Where everything about runs is kept.</summary>
/// <param name="Folder">The state folder, for files of runs; it need not be there yet.</param>
/// <param name="Stores">Opens the store of events.</param>
/// <param name="Leases">Gives leases of runs.</param>
internal sealed record RunStorage(string Folder, IDeploymentStoreProvider Stores, ILeaseProvider Leases);
