using Cake.Core;
using Cake.Core.Diagnostics;
using Cake.Frosting;
using Cake.Frosting.NixDeploy;
using Cake.Frosting.NixDeploy.Tasks;
using NixDeploy.Testing;

var status = new ExitStatus();
var exitCode = new CakeHost()
    .UseContext<PipelineContext>()
    .UseNixDeploy(status, new NixDeployTaskOptions
    {
        Filter = task => task != typeof(PlanTask), // this pipeline has a Plan of its own
        Transports = (state, time) => [new SimulatedTransport(state, time)],
    })
    .Run(args);
return status.After(exitCode);

/// <summary>The pipeline's own context.</summary>
public sealed class PipelineContext(ICakeContext context, NixDeployState state) : FrostingContext(context), INixDeployContext
{
    public NixDeployState NixDeploy => state;
}

/// <summary>A task of the same name as one of ours, which was left out.</summary>
[TaskName("Plan")]
public sealed class OwnPlanTask : FrostingTask<PipelineContext>
{
    public override void Run(PipelineContext context) => context.Log.Information("the pipeline's own plan");
}

/// <summary>A task of the pipeline behind one of ours.</summary>
[TaskName("Announce")]
[IsDependentOn(typeof(DeployAllTask))]
public sealed class AnnounceTask : FrostingTask<PipelineContext>
{
    public override void Run(PipelineContext context) => context.Log.Information("deployed, and now announced");
}
