namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Deploys hosts in batches, and stops at the first failure.</summary>
[TaskName("Rolling")]
[TaskDescription("Deploys hosts in batches of the parallel limit, and stops at the first failure.")]
[TaskExample("--parallel-limit=2")]
public sealed class RollingTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.DeployAsync(context.NixDeploy.Arguments.Request with { Strategy = "rolling" }));
}
