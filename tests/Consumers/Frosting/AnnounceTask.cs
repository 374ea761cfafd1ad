using Cake.Core.Diagnostics;
using Cake.Frosting;
using Cake.Frosting.NixDeploy.Tasks;

namespace FrostingConsumer;

/// <summary>A task of the pipeline behind one of ours.</summary>
[TaskName("Announce")]
[IsDependentOn(typeof(DeployAllTask))]
public sealed class AnnounceTask : FrostingTask<PipelineContext>
{
    public override void Run(PipelineContext context) => context.Log.Information("deployed, and now announced");
}
