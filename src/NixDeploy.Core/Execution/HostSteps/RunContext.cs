using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>What every step of a run needs.</summary>
internal sealed record RunContext
{
    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>Host name and process id of this controller.</summary>
    public required string Controller { get; init; }

    /// <summary>The connections.</summary>
    public required HostSessions Sessions { get; init; }

    /// <summary>The controller's own store, for hosts whose transport brings none.</summary>
    public required ILocalStore Store { get; init; }

    /// <summary>Where garbage collector roots for built systems are made.</summary>
    public required string RootsFolder { get; init; }

    /// <summary>Appends an event and shows it to the scheduler; completes when it is durable.</summary>
    public required Func<DeploymentEvent, Task> Emit { get; init; }

    /// <summary>Takes a line of a host's log; lossy.</summary>
    public required Action<HostName?, string> Log { get; init; }

    /// <summary>What is done about hosts that another run has locked.</summary>
    public LockPolicy Locks { get; init; } = LockPolicy.None;

    /// <summary>
    /// Whether the run that holds a lock is known to be dead, by this machine's own record of it; such a lock is taken. By default no run is.
    /// </summary>
    public Func<HostLock, CancellationToken, Task<bool>> IsDead { get; init; } = (_, _) => Task.FromResult(false);

    /// <summary>Waits for the answer to a stage's approval, so long at most; <see langword="null"/>: nobody answered. By default nobody does.</summary>
    public Func<int, TimeSpan, CancellationToken, Task<ApprovalAnswer?>> AwaitApproval { get; init; } = (_, _, _) => Task.FromResult<ApprovalAnswer?>(null);

    /// <summary>Cancelled when no further host is started: what only waits for its turn need not wait any longer.</summary>
    public CancellationToken Closing { get; init; } = CancellationToken.None;

    /// <summary>Cancelled when the run is rolled back: hosts on trial are not committed first.</summary>
    public CancellationToken Halted { get; init; } = CancellationToken.None;

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The store that a host's closure comes from.</summary>
    public ILocalStore StoreOf(Host host) => Sessions.StoreOf(host) ?? Store;
}
