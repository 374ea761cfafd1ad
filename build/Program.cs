using Build;
using Build.Testing;
using Cake.Frosting;
using Cake.Frosting.NixDeploy;
using Microsoft.Extensions.DependencyInjection;
using NixDeploy.Testing;

var repository = Repository.Find();
var status = new ExitStatus();
var tests = new TestRun();
var exitCode = new CakeHost()
    .UseContext<BuildContext>()
    .UseNixDeploy(status, new NixDeployTaskOptions
    {
        DefaultFleet = repository.DemoFor,
        Transports = (state, time) => [new SimulatedTransport(state, time)],
        OtherArguments = ["lab", "configuration", "only", "times", "into"],
    })
    .ConfigureServices(services => services.AddSingleton(repository).AddSingleton(tests))
    // Else Cake looks for tools in the user's folder, wherever that is.
    .SetToolPath(repository.Artifacts.Combine("tools"))
    .Run(args, status);

// Last of all, below Cake's table, where people and scripts look for it.
if (tests.Summary is { } summary)
{
    Console.WriteLine(summary);
}

return exitCode;
