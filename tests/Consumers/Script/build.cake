#r "Cake.NixDeploy.dll"
#r "NixDeploy.Testing.dll"
// The libraries stand beside this script: `dotnet publish` of Cake.NixDeploy puts them there, or `#addin nuget:?package=Cake.NixDeploy`.
using Cake.NixDeploy;
using NixDeploy.Testing;

var settings = new NixDeploySettings
{
    Fleet = Argument<string>("fleet"),
    StateFolder = Argument<string>("state"),
    Options = new NixDeployOptions { Transports = System.Collections.Immutable.ImmutableArray.Create<NixDeploy.Hosts.ITransport>(new SimulatedTransport(Argument<string>("state"), TimeProvider.System)) },
};

Task("Plan").Does(() => NixDeployPlan(settings));
Task("Deploy").Does(() => NixDeploy(settings));
Task("Back").Does(() =>
{
    settings.Request = new DeploymentRequest { Hosts = "p620" };
    NixDeployRollback(settings);
});

RunTarget(Argument("target", "Deploy"));
