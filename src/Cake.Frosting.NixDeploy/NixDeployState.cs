using Cake.Core;
using NixDeploy;
using NixDeploy.Terminal;
using Spectre.Console;

namespace Cake.Frosting.NixDeploy;

/// <summary>The parameters and the state that the deployment tasks of one build share.</summary>
/// <param name="arguments">What Cake was given.</param>
/// <param name="environment">Where the caller is.</param>
/// <param name="options">How the tasks were added.</param>
/// <param name="status">Where exit codes are noted.</param>
public sealed class NixDeployState(ICakeArguments arguments, ICakeEnvironment environment, NixDeployTaskOptions options, ExitStatus status)
{
    private NixDeployArguments? read;

    /// <summary>The arguments.</summary>
    /// <exception cref="UsageException">One of them is unknown or cannot be.</exception>
    public NixDeployArguments Arguments => read ??= NixDeployArguments.Read(arguments, options.OtherArguments);

    /// <summary>What the coordinator is made of, with the arguments in it.</summary>
    public NixDeployOptions Options
    {
        get
        {
            var folder = environment.WorkingDirectory;
            var state = Path.GetFullPath(Arguments.State ?? ".nixdeploy", folder.FullPath);
            return new NixDeployOptions
            {
                Fleet = Arguments.Fleet ?? options.DefaultFleet(folder) ?? folder.FullPath,
                StateFolder = state,
                Transports = options.Transports(state, TimeProvider.System),
                Strategies = options.Strategies,
            };
        }
    }

    /// <summary>Runs a command in front of the person at the terminal; Ctrl-C stops it gracefully, and once more leaves it.</summary>
    /// <param name="command">What to do; answers with one of <see cref="ExitCodes"/>.</param>
    /// <exception cref="CakeException">The command's exit code is not 0; it has been noted.</exception>
    public async Task RunAsync(Func<DeploymentConsole, Task<int>> command)
    {
        await using var coordinator = DeploymentCoordinator.Create(Options);
        var console = new DeploymentConsole(coordinator, AnsiConsole.Console, Arguments.Console, TimeProvider.System);
        var code = await command(console);
        if (code != ExitCodes.Success)
        {
            status.Code = code;
            throw new CakeException(console.Verdict);
        }
    }

    /// <summary>Refuses arguments of ours that one of the build's own tasks has no use for, and unknown ones.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="heeded">The arguments of ours that it heeds, without dashes.</param>
    /// <exception cref="UsageException"><c>ND0210</c>, <c>ND0211</c>, <c>ND0212</c>: one cannot be.</exception>
    public void RefuseArgumentsBut(string task, params IEnumerable<string> heeded) => TaskArguments.Refuse(task, Arguments.Given, heeded);

    /// <summary>The same for one of our tasks: whoever gives it what it has no use for believes in something that does not happen.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="command">What to do; answers with one of <see cref="ExitCodes"/>.</param>
    /// <exception cref="UsageException"><c>ND0212</c>: an argument is given that the task has no use for.</exception>
    /// <exception cref="CakeException">The command's exit code is not 0; it has been noted.</exception>
    internal Task RunAsync(string task, Func<DeploymentConsole, Task<int>> command)
    {
        if (Arguments.Generation is { } generation && task != "Rollback")
        {
            throw new UsageException("ND0212", $"--generation={generation} says where Rollback goes back to, and {task} has no use for it: leave it out, or give it to Rollback.");
        }

        TaskArguments.Check(task, Arguments.Targets, Arguments.Given);
        return RunAsync(command);
    }
}
