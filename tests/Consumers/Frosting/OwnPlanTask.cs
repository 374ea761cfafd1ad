using Cake.Core.Diagnostics;
using Cake.Frosting;

namespace FrostingConsumer;

/// <summary>A task of the same name as one of ours, which was left out.</summary>
[TaskName("Plan")]
public sealed class OwnPlanTask : FrostingTask<PipelineContext>
{
    public override void Run(PipelineContext context) => context.Log.Information("the pipeline's own plan");
}
