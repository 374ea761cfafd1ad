namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Brings hosts back to an earlier generation.</summary>
[TaskName("Rollback")]
[TaskDescription("Brings the hosts named by --hosts back to their earlier generation, or to --generation.")]
[TaskExample("--hosts=razer")]
[TaskExample("--hosts=razer --generation=154")]
public sealed class RollbackTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.RollbackAsync(context.NixDeploy.Arguments.Request, context.NixDeploy.Arguments.Generation));
}
