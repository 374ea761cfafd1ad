using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Hosts;
using NixDeploy.Journal;
using NixDeploy.Planning;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution;

/// <summary>Executes a plan on simulated hosts: the real executor and log, from the first event of the run to its last.</summary>
internal static class PlanExecution
{
    /// <param name="plan">What is executed.</param>
    /// <param name="fleet">The hosts.</param>
    /// <param name="store">Keeps the events.</param>
    /// <param name="time">The fleet's virtual time, which passes meanwhile.</param>
    /// <param name="heard">Told each event once it is recorded, with the desk on which questions are answered.</param>
    /// <param name="transport">How hosts are reached; <see langword="null"/>: as the fleet's own are.</param>
    public static RunState Run(DeploymentPlan plan, SimulatedFleet fleet, IDeploymentStore store, VirtualTime time, Action<DeploymentEvent, ApprovalDesk>? heard = null, ITransport? transport = null) => time.Run(async () =>
    {
        await using var sessions = new HostSessions(_ => transport ?? fleet.Transport, time);
        await using var log = new RunLog(store, "run", time);
        var desk = new ApprovalDesk(time);
        var context = SimulatedContext.Of(sessions, fleet, log, time) with { AwaitApproval = desk.WaitAsync };
        await log.AppendAsync(new RunStarted(context.Run, context.Controller, "simulated", plan));
        await using (var executor = new Executor(plan, context, new Heard(log, e => heard?.Invoke(e, desk))))
        {
            await executor.RunAsync(log.Recorded, CancellationToken.None);
        }

        await log.AppendAsync(new RunFinished(Outcomes.Of(log.State)));
        return log.State;
    });

    private sealed class Heard(RunLog log, Action<DeploymentEvent> heard) : IEventSink
    {
        public async Task AppendAsync(DeploymentEvent happened)
        {
            await log.AppendAsync(happened);
            heard(happened);
        }
    }
}
