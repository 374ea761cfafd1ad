using NixDeploy.Planning;
using NixDeploy.Reporting.Runs;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Shows a plan or runs it in front of the user: signals, live view, approvals, output files.</summary>
internal sealed class PlanRunner(DeploymentCoordinator coordinator, IAnsiConsole console, ConsoleOptions options, OutputFiles files, TimeProvider time)
{
    /// <summary>How often the live view shows the time where no event comes.</summary>
    private static readonly TimeSpan Clock = TimeSpan.FromMilliseconds(250);

    /// <summary>Plans and shows the plan; runs nothing.</summary>
    public async Task<DeploymentPlan> ShowAsync(Func<CancellationToken, Task<DeploymentPlan>> planAsync, CancellationToken cancellationToken)
    {
        files.Check();
        var plan = await planAsync(cancellationToken).ConfigureAwait(false);
        Show(plan);
        files.WriteJson(text => PlanJson.Write(plan, text));
        return plan;
    }

    /// <summary>Plans, shows the plan and runs it to its end.</summary>
    public async Task<DeploymentResult> RunAsync(Func<CancellationToken, Task<DeploymentPlan>> planAsync, CancellationToken cancellationToken)
    {
        files.Check();
        using var interrupts = new Interrupts(cancellationToken);
        var plan = await planAsync(interrupts.Token).ConfigureAwait(false);
        Show(plan);
        var run = await coordinator.StartAsync(plan, interrupts.Token).ConfigureAwait(false);
        interrupts.Second = run.Detach;
        var view = RunView.For(console, time, plan.Roles());
        var approvals = new ApprovalPrompt(console, options.Yes, view is ConsoleView).FollowAsync(run);
        // The view ends with the run: a cancelled run still shows how its hosts in flight end.
        await view.ShowAsync(run.FramesAsync(Clock, CancellationToken.None), CancellationToken.None).ConfigureAwait(false);
        await approvals.ConfigureAwait(false);
        var result = await run.Completion.ConfigureAwait(false);
        files.WriteJson(text => text.Write(ResultJson.Write(result.State)));
        console.WritePlain($"Report: {result.Folder.Report}");
        return result;
    }

    /// <summary>Warns when every host is simulated: nobody should believe that something real is deployed.</summary>
    /// <param name="simulated">Whether every host is.</param>
    public void WarnWhenSimulated(bool simulated)
    {
        if (simulated)
        {
            console.WritePlain("These hosts are simulated: nothing real is deployed. Name a real fleet with --fleet=FOLDER (a flake, or a fleet.json).");
        }
    }

    private void Show(DeploymentPlan plan)
    {
        WarnWhenSimulated(plan.Origin.Simulated);
        var roles = plan.Roles();
        PlanView.Show(console, plan, roles);
        files.WritePlan(plan, roles);
    }
}
