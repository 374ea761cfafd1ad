using Cake.Core.Diagnostics;
using Cake.Frosting;
using Cake.Frosting.NixDeploy.Tasks;

namespace FrostingConsumer;

/// <summary>A task of the pipeline behind one of ours that it has renamed, and another.</summary>
[TaskName("Release")]
[IsDependentOn(typeof(PlanTask))]
[IsDependentOn(typeof(CanaryTask))]
public sealed class ReleaseTask : FrostingTask<PipelineContext>
{
    public override void Run(PipelineContext context) => context.Log.Information("released");
}
