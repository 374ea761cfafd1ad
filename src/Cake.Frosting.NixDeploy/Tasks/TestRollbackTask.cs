namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Practises a rollback.</summary>
[TaskName("TestRollback")]
[TaskDescription("Deploys the one host named by --hosts, rolls it back, and verifies that all is as it was.")]
[TaskExample("--hosts=razer")]
public sealed class TestRollbackTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.TestRollbackAsync(context.NixDeploy.Arguments.Request));
}
