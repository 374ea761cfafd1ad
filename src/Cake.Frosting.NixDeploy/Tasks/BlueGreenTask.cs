namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Brings every host to a healthy trial before any is committed.</summary>
[TaskName("BlueGreen")]
[TaskDescription("Activates all hosts on trial, and commits them together when every one is healthy.")]
[TaskExample("")]
public sealed class BlueGreenTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.DeployAsync(context.NixDeploy.Arguments.Request with { Strategy = "blue-green" }));
}
