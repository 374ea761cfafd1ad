namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Finds everything that would keep the fleet from being deployed.</summary>
[TaskName("Validate")]
[TaskDescription("Reads, evaluates and dry-builds the whole fleet, looks at its hosts, and says everything that is wrong.")]
[TaskExample("--ask-hosts=false")]
public sealed class ValidateTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.ValidateAsync(context.NixDeploy.Arguments.Request.Hosts, context.NixDeploy.Arguments.AskHosts));
}
