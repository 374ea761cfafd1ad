namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Builds every host and its declared test.</summary>
[TaskName("TestAll")]
[TaskDescription("Evaluates and builds every host with its declared test, to the last; contacts and activates none.")]
[TaskExample("")]
[TaskExample("--hosts=@server")]
public sealed class TestAllTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.TestAllAsync(context.NixDeploy.Arguments.Request.Hosts));
}
