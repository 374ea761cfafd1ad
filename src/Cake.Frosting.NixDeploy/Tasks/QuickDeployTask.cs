namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Deploys named hosts with the shortest planning.</summary>
[TaskName("QuickDeploy")]
[TaskDescription("Deploys the hosts named by --hosts and no others, without comparing systems while planning.")]
[TaskExample("--hosts=razer")]
public sealed class QuickDeployTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.QuickDeployAsync(context.NixDeploy.Arguments.Request));
}
