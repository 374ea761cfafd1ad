using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>One connection to one host: what the host protocol can do, typed.</summary>
/// <remarks>
/// Every method is one round trip unless it says otherwise, has a deadline of its own, and throws <see cref="HostException"/>
/// when the host could not be asked. An answer that the host gave, good or bad, is a value. Not for concurrent use.
/// </remarks>
public interface IHostSession : IAsyncDisposable
{
    /// <summary>The remote commands that this connection has run so far.</summary>
    int Commands { get; }

    /// <summary>Looks at the host and changes nothing.</summary>
    /// <param name="units">Units whose states are wanted as well.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<HostState> InspectAsync(ImmutableArray<string> units, CancellationToken cancellationToken);

    /// <summary>Tells what of the new system the host lacks, what another system consists of, and what an activation would do; changes nothing.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<HostContents> ContentsAsync(ContentsRequest request, CancellationToken cancellationToken);

    /// <summary>Takes the host's lock, roots the old and the new system, and tells which paths of the closure the host lacks.</summary>
    /// <param name="request">What is to be deployed.</param>
    /// <param name="closure">Every path of the new system's closure; may be empty when the host is known to have it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<PrepareResult> PrepareAsync(PrepareRequest request, ImmutableArray<StorePath> closure, CancellationToken cancellationToken);

    /// <summary>Imports store paths in the format of <c>nix-store --export</c>.</summary>
    /// <param name="write">Writes the export to the stream that it is handed; the stream is closed for it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task ImportAsync(Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken);

    /// <summary>Has a system that the host holds say what its activation would do; changes nothing and needs no lock.</summary>
    /// <param name="system">The system.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HostException">Also <c>ND0411</c> and <c>ND0412</c>: it is no system, or not whole in the host's store.</exception>
    Task<DryActivationResult> DryActivateAsync(StorePath system, CancellationToken cancellationToken);

    /// <summary>Starts the guard, which activates the new system without making it the default, and waits for that to end.</summary>
    Task<ActivationResult> TryAsync(ActivationRequest request, CancellationToken cancellationToken);

    /// <summary>Pushes the guard's deadline out to so long from now, unless there is a verdict already.</summary>
    Task<TransactionState> RenewAsync(Transaction transaction, TimeSpan guard, CancellationToken cancellationToken);

    /// <summary>Hands in the verdict <c>commit</c> and waits until the guard is done.</summary>
    Task<TransactionState> CommitAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Hands in the verdict <c>keep</c>: the new system goes on running, the boot default stays, and the guard ends.</summary>
    Task<TransactionState> KeepAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Hands in the verdict <c>restore</c> and waits until the guard is done.</summary>
    Task<TransactionState> RollBackAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Gives the lock back when nothing was tried, and removes the roots that prepare made.</summary>
    Task ReleaseAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Reboots the host under our lock, which is void afterwards; returns as soon as the reboot is on its way.</summary>
    /// <exception cref="HostException">It was refused, and is not on its way; or the connection broke, and it may be.</exception>
    Task RebootAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Looks whether the host could go back right now, and tries to start what a guard is; activates nothing.</summary>
    Task<RollbackReadiness> VerifyRollbackAsync(CancellationToken cancellationToken);

    /// <summary>The states of units right now.</summary>
    Task<ImmutableArray<UnitState>> UnitsAsync(ImmutableArray<string> units, CancellationToken cancellationToken);

    /// <summary>Runs a program on the host without a shell reading its arguments.</summary>
    /// <param name="arguments">The program and its arguments.</param>
    /// <param name="deadline">How long it may run.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<CommandResult> RunAsync(ImmutableArray<string> arguments, TimeSpan deadline, CancellationToken cancellationToken);

    /// <summary>Opens a TCP connection from the host's own point of view.</summary>
    /// <exception cref="HostException">Nothing accepts there.</exception>
    Task<Stream> OpenTcpAsync(string host, int port, CancellationToken cancellationToken);
}
