using Cake.Common;
using Cake.Core.Diagnostics;
using Cake.Frosting;
using Cake.Frosting.NixDeploy;
using Cake.Frosting.NixDeploy.Tasks;

namespace FrostingConsumer;

/// <summary>A task of the pipeline behind one of ours.</summary>
[TaskName("Announce")]
[IsDependentOn(typeof(DeployAllTask))]
[TaskArgument("greeting", "TEXT", "what is announced", Default = "deployed, and now announced")]
public sealed class AnnounceTask : FrostingTask<PipelineContext>
{
    public override void Run(PipelineContext context) => context.Log.Information(context.Argument("greeting", "deployed, and now announced"));
}
