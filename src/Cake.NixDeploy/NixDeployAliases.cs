using Cake.Core;
using Cake.Core.Annotations;
using NixDeploy;
using NixDeploy.Terminal;
using Spectre.Console;

namespace Cake.NixDeploy;

/// <summary>Deploys NixOS fleets from a Cake script.</summary>
[CakeAliasCategory("NixDeploy")]
[CakeNamespaceImport("NixDeploy")]
[CakeNamespaceImport("NixDeploy.Fleets")]
public static class NixDeployAliases
{
    /// <summary>Deploys every selected host that has changed.</summary>
    /// <param name="context">The script's context.</param>
    /// <param name="settings">What is to be deployed.</param>
    /// <exception cref="CakeException">A host was refused or failed; its exit code is one of <see cref="ExitCodes"/>.</exception>
    /// <example><code>NixDeploy(new NixDeploySettings { Fleet = "./fleet" });</code></example>
    [CakeMethodAlias]
    public static void NixDeploy(this ICakeContext context, NixDeploySettings settings) =>
        Run(context, settings, console => console.DeployAsync(settings.RequestWithHosts));

    /// <summary>Shows what a deployment would do, and changes nothing.</summary>
    /// <param name="context">The script's context.</param>
    /// <param name="settings">What would be deployed.</param>
    /// <exception cref="CakeException">A host cannot be deployed.</exception>
    [CakeMethodAlias]
    public static void NixDeployPlan(this ICakeContext context, NixDeploySettings settings) =>
        Run(context, settings, console => console.PlanAsync(settings.RequestWithHosts));

    /// <summary>Rolls the hosts of the request back to an earlier generation.</summary>
    /// <param name="context">The script's context.</param>
    /// <param name="settings">Which hosts: the request must name them.</param>
    /// <exception cref="CakeException">A host was refused or failed.</exception>
    [CakeMethodAlias]
    public static void NixDeployRollback(this ICakeContext context, NixDeploySettings settings) =>
        Run(context, settings, console => console.RollbackAsync(settings.RequestWithHosts, settings.Generation));

    /// <summary>Looks at the health checks of hosts now, each once.</summary>
    /// <param name="context">The script's context.</param>
    /// <param name="settings">Which hosts.</param>
    /// <exception cref="CakeException">A check fails, or could not be measured.</exception>
    [CakeMethodAlias]
    public static void NixDeployHealthCheck(this ICakeContext context, NixDeploySettings settings) =>
        Run(context, settings, console => console.CheckHealthAsync(settings.RequestWithHosts.Hosts));

    private static void Run(ICakeContext context, NixDeploySettings settings, Func<DeploymentConsole, Task<int>> command) =>
        RunAsync(context, settings, command).GetAwaiter().GetResult();

    private static async Task RunAsync(ICakeContext context, NixDeploySettings settings, Func<DeploymentConsole, Task<int>> command)
    {
        var folder = context.Environment.WorkingDirectory.FullPath;
        var options = settings.Options with
        {
            Fleet = settings.Fleet ?? folder,
            StateFolder = settings.StateFolder is { } state ? Path.GetFullPath(state, folder) : null,
        };
        await using var coordinator = DeploymentCoordinator.Create(options);
        var view = new ConsoleOptions { JsonFile = settings.JsonFile, GraphFile = settings.GraphFile, MarkdownFile = settings.MarkdownFile };
        var console = new DeploymentConsole(coordinator, AnsiConsole.Console, view, options.Time);
        try
        {
            var code = await command(console);
            if (code != ExitCodes.Success)
            {
                throw new CakeException(code, console.Verdict.Length > 0 ? console.Verdict : $"The deployment ended with exit code {code}; its summary is above.");
            }
        }
        catch (NixDeployException e)
        {
            throw new CakeException(ExitCodes.Of(e), $"{e.Code}: {e.Message}", e);
        }
    }
}
