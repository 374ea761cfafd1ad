namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Lets a run that waits for an approval go on.</summary>
[TaskName("Approve")]
[TaskDescription("Says that a run which waits for an approval goes on: --run=ID, or the newest run.")]
[TaskExample("--run=20250115-153000-1a2b")]
public sealed class ApproveTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.AnswerAsync(context.NixDeploy.Arguments.Run, approved: true, context.NixDeploy.Arguments.Reason));
}
