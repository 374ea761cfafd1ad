namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Shows whether hosts could be rolled back.</summary>
[TaskName("VerifyRollback")]
[TaskDescription("Shows whether hosts could be rolled back right now: an earlier generation, whole and rooted, and a guard that starts.")]
[TaskExample("--hosts=razer")]
public sealed class VerifyRollbackTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.VerifyRollbackAsync(context.NixDeploy.Arguments.Request.Hosts));
}
