using NixDeploy.Execution;
using NixDeploy.Fleets;
using NixDeploy.Hosts;
using NixDeploy.Journal;
using NixDeploy.Nix;
using NixDeploy.Planning;

namespace NixDeploy.Runs;

/// <summary>What a run is made of.</summary>
internal sealed record RunSetup(
    string Id, RunFolder Folder, DeploymentPlan Plan, Fleet Fleet, IDeploymentStore Journal, HostSessions Sessions, ILocalStore Store, TimeProvider Time)
{
    /// <summary>Shows that this controller lives; let go with the run.</summary>
    public required ControllerLock Alive { get; init; }

    /// <summary>Host name and process id of this controller, for people who find a lock.</summary>
    public string Controller { get; } = $"{Environment.MachineName}:{Environment.ProcessId}";

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
        Approvals = approvals,
        Time = Time,
    };
}
