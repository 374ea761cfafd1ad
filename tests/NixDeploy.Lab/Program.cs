using NixDeploy;
using NixDeploy.Labs.Support;

// A controller that tests can kill: deploys FLEET with its runs in STATE, once there is a file GATE.
if (args is not [var fleet, var state, var gate])
{
    Console.Error.WriteLine("usage: FLEET STATE GATE");
    return ExitCodes.Usage;
}

await using var coordinator = DeploymentCoordinator.Create(new NixDeployOptions { Fleet = fleet, StateFolder = state });
var plan = await coordinator.PlanAsync(new DeploymentRequest(), CancellationToken.None);
Console.WriteLine("planned");
await Wait.UntilAsync(_ => Task.FromResult(File.Exists(gate)), gate, TimeSpan.FromMinutes(5), CancellationToken.None);
var run = await coordinator.StartAsync(plan, CancellationToken.None);
var result = await run.Completion;
foreach (var host in result.State.Hosts.Values)
{
    Console.WriteLine($"{host.Host} {host.Status} {host.Problem?.Message}");
}

return result.ExitCode;
