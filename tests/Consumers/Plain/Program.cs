using NixDeploy;
using NixDeploy.Testing;

await using var coordinator = DeploymentCoordinator.Create(new NixDeployOptions
{
    Fleet = args[0],
    StateFolder = args[1],
    Transports = [new SimulatedTransport(null, TimeProvider.System)],
});
var plan = await coordinator.PlanAsync(new DeploymentRequest());
var run = await coordinator.StartAsync(plan);
var result = await run.Completion;
Console.WriteLine($"{result.Outcome}: {string.Join(", ", result.State.Hosts.Values.Select(h => $"{h.Host} {h.Status}"))}");
return result.ExitCode;
