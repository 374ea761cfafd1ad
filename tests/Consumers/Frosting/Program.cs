using Cake.Frosting;
using Cake.Frosting.NixDeploy;
using Cake.Frosting.NixDeploy.Tasks;
using FrostingConsumer;
using NixDeploy.Testing;

var status = new ExitStatus();
return new CakeHost()
    .UseContext<PipelineContext>()
    .UseNixDeploy(status, o =>
    {
        o.Names[typeof(PlanTask)] = "Preview"; // this pipeline has a Plan of its own
        o.Filter = task => task != typeof(RejectTask);
        o.Transports = (state, time) => [new SimulatedTransport(state, time)];
    })
    .Run(args, status);
