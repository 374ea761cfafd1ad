namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Looks at the health checks of hosts now.</summary>
[TaskName("HealthCheck")]
[TaskDescription("Looks at the health checks of every host now, each once.")]
[TaskExample("--hosts=@server")]
public sealed class HealthCheckTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => console.CheckHealthAsync(context.NixDeploy.Arguments.Request.Hosts));
}
