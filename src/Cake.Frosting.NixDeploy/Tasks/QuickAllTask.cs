namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Validates, then deploys what has changed.</summary>
[TaskName("QuickAll")]
[TaskDescription("Validates the fleet, then deploys every host that has changed; the first problem stops it.")]
[TaskExample("")]
[TaskExample("--ask-hosts=false")]
public sealed class QuickAllTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.QuickAllAsync(context.NixDeploy.Arguments.Request, context.NixDeploy.Arguments.AskHosts));
}
