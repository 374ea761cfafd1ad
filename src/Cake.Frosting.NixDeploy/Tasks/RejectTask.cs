namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Has a run that waits for an approval rolled back.</summary>
[TaskName("Reject")]
[TaskDescription("Says that a run which waits for an approval is rolled back: --run=ID, or the newest run; --reason=TEXT.")]
[TaskExample("--reason=\"not on a Friday\"")]
public sealed class RejectTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.AnswerAsync(context.NixDeploy.Arguments.Run, approved: false, context.NixDeploy.Arguments.Reason));
}
