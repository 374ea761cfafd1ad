namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Shows where the fleet stands.</summary>
[TaskName("Status")]
[TaskDescription("Shows what every host runs and what it would get.")]
[TaskExample("")]
public sealed class StatusTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.StatusAsync(context.NixDeploy.Arguments.Request.Hosts));
}
