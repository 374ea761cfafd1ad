using NixDeploy.Execution.HostSteps;
using NixDeploy.Hosts;
using NixDeploy.Journal;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution;

/// <summary>What every step of a run on simulated hosts needs.</summary>
internal static class SimulatedContext
{
    public static RunContext Of(HostSessions sessions, SimulatedFleet simulated, RunLog log, TimeProvider time) => new()
    {
        Run = "run",
        Controller = "test:1",
        Sessions = sessions,
        Store = simulated.Transport.Store,
        RootsFolder = "",
        Emit = log.AppendAsync,
        Log = (_, _) => { },
        Time = time,
    };
}
