using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Journal;
using NixDeploy.Planning;

namespace NixDeploy.Runs;

/// <summary>What a run is made of.</summary>
internal sealed record RunSetup(
    string Id, RunFolder Folder, DeploymentPlan Plan, IDeploymentStore Journal, HostSessions Sessions, ILocalStore Store, TimeProvider Time)
{
    /// <summary>Who carries out runs in this process.</summary>
    public static ControllerIdentity Me { get; } = new(
        Environment.UserName, Environment.MachineName, Environment.ProcessId,
        typeof(RunSetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "");

    /// <summary>Shows that the run has a controller; released with the run.</summary>
    public required IRunLease Lease { get; init; }

    /// <summary>Whether the run that holds a lock is known to be dead.</summary>
    public required Func<HostLock, CancellationToken, Task<bool>> IsDead { get; init; }

    /// <summary>Commands from elsewhere.</summary>
    public required IRunCommands Commands { get; init; }

    /// <summary>Who follows the run.</summary>
    public required ImmutableArray<IRunObserver> Observers { get; init; }

    /// <summary>The program's log.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Host name and process id of this controller, for people who find a lock.</summary>
    public string Controller { get; } = $"{Me.Machine}:{Me.ProcessId}";

    public RunContext Context(ApprovalDesk approvals, Action<HostName?, string> log) => new()
    {
        Run = Id,
        Controller = Controller,
        Sessions = Sessions,
        Store = Store,
        RootsFolder = Folder.GcRoots,
        Emit = _ => throw new InvalidOperationException("The executor sets where events go."),
        Log = log,
        Locks = Plan.Locks,
        IsDead = IsDead,
        AwaitApproval = approvals.WaitAsync,
        Time = Time,
    };
}
