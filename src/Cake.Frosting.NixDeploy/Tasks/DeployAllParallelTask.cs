namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Deploys every selected host that has changed, without an order.</summary>
[TaskName("DeployAllParallel")]
[TaskDescription("Deploys every host that has changed, all at once as far as the limits allow.")]
[TaskExample("--parallel-limit=16")]
public sealed class DeployAllParallelTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.DeployAsync(context.NixDeploy.Arguments.Request with { Strategy = "parallel" }));
}
