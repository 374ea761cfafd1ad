namespace Cake.Frosting.NixDeploy.Tasks;

/// <summary>Deploys every selected host that has changed.</summary>
[TaskName("DeployAll")]
[TaskDescription("Deploys every host that has changed, in dependency order, and rolls back what fails; with --plan=FILE a saved plan.")]
[TaskExample("")]
[TaskExample("--hosts=@server,!razer --parallel-limit=8")]
[TaskExample("--plan=plan.json")]
public sealed class DeployAllTask : AsyncFrostingTask<INixDeployContext>
{
    /// <inheritdoc/>
    public override Task RunAsync(INixDeployContext context) =>
        context.NixDeploy.RunAsync(console => context.NixDeploy.Arguments.PlanFile is { } plan
            ? console.DeployPlanAsync(plan, context.NixDeploy.Arguments.Request)
            : console.DeployAsync(context.NixDeploy.Arguments.Request));
}
