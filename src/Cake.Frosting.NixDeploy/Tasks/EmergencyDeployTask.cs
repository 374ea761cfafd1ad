namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Deploys without validation.</summary>
[TaskName("EmergencyDeploy")]
[TaskDescription("Deploys the hosts named by --hosts without preflight checks; locks and guards stay.")]
[TaskExample("--hosts=razer")]
public sealed class EmergencyDeployTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.EmergencyDeployAsync(context.NixDeploy.Arguments.Request));
}
