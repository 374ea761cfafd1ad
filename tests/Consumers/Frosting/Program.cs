using Cake.Frosting;
using Cake.Frosting.NixDeploy;
using Cake.Frosting.NixDeploy.Tasks;
using FrostingConsumer;
using NixDeploy.Testing;

var status = new ExitStatus();
return new CakeHost()
    .UseContext<PipelineContext>()
    .UseNixDeploy(status, new NixDeployTaskOptions
    {
        Filter = task => task != typeof(PlanTask), // this pipeline has a Plan of its own
        Transports = (state, time) => [new SimulatedTransport(state, time)],
    })
    .Run(args, status);
