namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Practises a rollback.</summary>
[TaskName("TestRollback")]
[TaskDescription("Deploys the one host named by --hosts, rolls it back, and verifies that all is as it was.")]
public sealed class TestRollbackTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync("TestRollback", console => console.TestRollbackAsync(context.NixDeploy.Arguments.Request));
}
