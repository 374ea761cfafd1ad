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
    .UseNixDeploy(status, o =>
    {
        o.DefaultFleet = repository.DemoFor;
        o.Transports = (state, time) => [new SimulatedTransport(state, time)];
        o.OtherArguments = ["configuration"];
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
