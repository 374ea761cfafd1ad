namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Shows what a deployment would do.</summary>
[TaskName("Plan")]
[TaskDescription("Shows what DeployAll would do, and changes nothing.")]
[TaskExample("--json=plan.json")]
public sealed class PlanTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.PlanAsync(context.NixDeploy.Arguments.Request));
}
