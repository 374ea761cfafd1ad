namespace NixDeploy.Journal;

/// <summary>Shows that a run has a controller. Dispose it when the run ends; it ends by itself when the controller does.</summary>
public interface IRunLease : IAsyncDisposable
{
    /// <summary>Cancelled when the lease is lost: another controller may take the run over, so no further host is started.</summary>
    CancellationToken Lost { get; }
}

/// <summary>Gives leases of runs. Implementations pass one contract suite.</summary>
public interface ILeaseProvider
{
    /// <summary>Takes the lease of a new run.</summary>
    /// <param name="run">The run's id.</param>
    /// <param name="cancellationToken">Cancels the taking.</param>
    /// <exception cref="StateException"><c>ND0713</c>: another controller holds it, or it cannot be stored.</exception>
    Task<IRunLease> AcquireAsync(string run, CancellationToken cancellationToken = default);

    /// <summary>Takes the lease of a run whose controller is gone.</summary>
    /// <param name="run">The run's id.</param>
    /// <param name="cancellationToken">Cancels the taking.</param>
    /// <returns><see langword="null"/> when the controller lives, or when that cannot be told.</returns>
    Task<IRunLease?> TakeOverAsync(string run, CancellationToken cancellationToken = default);
}
