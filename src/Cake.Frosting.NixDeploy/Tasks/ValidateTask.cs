namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Checks the fleet without asking any host.</summary>
[TaskName("Validate")]
[TaskDescription("Reads and evaluates the whole fleet, and says everything that is wrong with it.")]
public sealed class ValidateTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.ValidateAsync(context.NixDeploy.Arguments.Request.Hosts));
}
