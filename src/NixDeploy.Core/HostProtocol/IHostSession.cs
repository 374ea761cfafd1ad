using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>One connection to one host: what the host protocol can do, typed.</summary>
/// <remarks>
/// Every method is one round trip unless it says otherwise, has a deadline of its own, and throws <see cref="HostException"/> when the
/// host could not be asked or refused. Cancelling a method closes the connection; what a guard was told to do goes on without it. Not for
/// concurrent use.
/// </remarks>
public interface IHostSession : IAsyncDisposable
{
    /// <summary>The remote commands that this connection has run so far.</summary>
    int Commands { get; }

    /// <summary>Reads the host's state and changes nothing.</summary>
    /// <param name="units">Units whose states are wanted as well.</param>
    /// <param name="cancellationToken">Cancels the operation; the connection cannot be used afterwards.</param>
    Task<HostState> InspectAsync(ImmutableArray<string> units, CancellationToken cancellationToken);

    /// <summary>Reads what of the new system the host lacks, what another system consists of, and what an activation would do; changes nothing.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="cancellationToken">Cancels the operation; the connection cannot be used afterwards.</param>
    Task<HostContents> ContentsAsync(ContentsRequest request, CancellationToken cancellationToken);

    /// <summary>Takes the host's lock, roots the old and the new system, and reads which paths of the closure the host lacks.</summary>
    /// <param name="request">What is to be deployed.</param>
    /// <param name="closure">Every path of the new system's closure; may be empty when the host is known to have it.</param>
    /// <param name="cancellationToken">Cancels the operation; the lock may be taken all the same.</param>
    Task<PrepareResult> PrepareAsync(PrepareRequest request, ImmutableArray<StorePath> closure, CancellationToken cancellationToken);

    /// <summary>Imports store paths in the format of <c>nix-store --export</c>.</summary>
    /// <param name="write">Writes the export to the stream that it is handed; the stream is closed for it.</param>
    /// <param name="cancellationToken">Cancels the operation; paths that arrived whole stay.</param>
    Task ImportAsync(Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken);

    /// <summary>Asks a system that the host holds what its activation would do; changes nothing and needs no lock.</summary>
    /// <param name="system">The system.</param>
    /// <param name="cancellationToken">Cancels the operation; the connection cannot be used afterwards.</param>
    /// <exception cref="HostException">Also <c>ND0411</c> and <c>ND0412</c>: it is no system, or not complete in the host's store.</exception>
    Task<DryActivationResult> DryActivateAsync(StorePath system, CancellationToken cancellationToken);

    /// <summary>
    /// Starts a transaction: the guard activates the new system without making it the default. Waits for the outcome; asked again for the same
    /// transaction, it only waits.
    /// </summary>
    /// <param name="request">What is to be activated, and how.</param>
    /// <param name="cancellationToken">Cancels the wait; an activation that has started goes on under its guard.</param>
    Task<ActivationResult> ActivateAsync(ActivationRequest request, CancellationToken cancellationToken);

    /// <summary>Sets the guard's deadline to so long from now, unless there is a verdict already.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="guard">How long from now the guard waits for a verdict.</param>
    /// <param name="cancellationToken">Cancels the operation; the deadline may be set all the same.</param>
    Task<TransactionState> RenewAsync(Transaction transaction, TimeSpan guard, CancellationToken cancellationToken);

    /// <summary>Submits the verdict <c>commit</c> and waits until the guard is done.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="cancellationToken">Cancels the wait; a verdict that was submitted stands.</param>
    Task<TransactionState> CommitAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Submits the verdict <c>keep</c>: the new system goes on running, the boot default stays, and the guard ends.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="cancellationToken">Cancels the wait; a verdict that was submitted stands.</param>
    Task<TransactionState> KeepAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Submits the verdict <c>restore</c>, by which the guard rolls back, and waits until the guard is done.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="cancellationToken">Cancels the wait; a verdict that was submitted stands.</param>
    Task<TransactionState> RollBackAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Releases the lock when nothing was activated, and removes the roots that prepare made.</summary>
    /// <param name="transaction">The holding of the lock.</param>
    /// <param name="cancellationToken">Cancels the operation; the lock may be released all the same.</param>
    Task ReleaseAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Reboots the host under our lock, which is void afterwards; returns as soon as the reboot has begun.</summary>
    /// <param name="transaction">The holding of the lock.</param>
    /// <param name="cancellationToken">Cancels the operation; the host may reboot all the same.</param>
    /// <exception cref="HostException">It was refused, and the host does not reboot; or the connection broke, and it may.</exception>
    Task RebootAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Checks whether the host could roll back right now, and tries to start a unit like the guard's; activates nothing.</summary>
    /// <param name="cancellationToken">Cancels the operation; the connection cannot be used afterwards.</param>
    Task<RollbackReadiness> VerifyRollbackAsync(CancellationToken cancellationToken);

    /// <summary>The states of units right now.</summary>
    /// <param name="units">The units' full names.</param>
    /// <param name="cancellationToken">Cancels the operation; the connection cannot be used afterwards.</param>
    Task<ImmutableArray<UnitState>> UnitsAsync(ImmutableArray<string> units, CancellationToken cancellationToken);

    /// <summary>Runs a program on the host; no shell reads its arguments.</summary>
    /// <param name="arguments">The program and its arguments.</param>
    /// <param name="deadline">How long it may run.</param>
    /// <param name="cancellationToken">Cancels the operation; the program may run on until its deadline.</param>
    Task<CommandResult> RunAsync(ImmutableArray<string> arguments, TimeSpan deadline, CancellationToken cancellationToken);

    /// <summary>Opens a TCP connection from the host's own point of view.</summary>
    /// <param name="host">The name or address as the host knows it.</param>
    /// <param name="port">The port.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="HostException">Nothing accepts connections there.</exception>
    Task<Stream> OpenTcpAsync(string host, int port, CancellationToken cancellationToken);
}
