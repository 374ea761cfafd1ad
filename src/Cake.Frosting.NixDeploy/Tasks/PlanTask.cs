namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Shows what a deployment would do.</summary>
[TaskName("Plan")]
[TaskDescription("Shows what DeployAll would do, and changes nothing.")]
public sealed class PlanTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync("Plan", console => console.PlanAsync(context.NixDeploy.Arguments.Request));
}
