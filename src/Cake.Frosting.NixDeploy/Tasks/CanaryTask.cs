namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Deploys a few hosts first, then the others in waves.</summary>
[TaskName("Canary")]
[TaskDescription("Deploys a few hosts first; the others follow in waves, each when the one before has passed.")]
[TaskExample("--canary=10% --bake=600")]
[TaskExample("--waves=1,10%,100% --approval=required")]
public sealed class CanaryTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.DeployAsync(context.NixDeploy.Arguments.Request with { Strategy = "canary" }));
}
