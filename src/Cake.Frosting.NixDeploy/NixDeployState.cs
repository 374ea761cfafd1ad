using Cake.Core;
using NixDeploy;
using NixDeploy.Runs;
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
    private string? state;

    /// <summary>The arguments.</summary>
    /// <exception cref="UsageException">One of them is unknown or invalid.</exception>
    public NixDeployArguments Arguments => read ??= Read();

    /// <summary>What the coordinator is made of, with the arguments in it.</summary>
    public NixDeployOptions Options
    {
        get
        {
            var folder = environment.WorkingDirectory;
            var fleet = Arguments.Fleet ?? options.DefaultFleet(folder) ?? folder.FullPath;
            state ??= Arguments.State is { } named ? Path.GetFullPath(named, folder.FullPath) : Default(fleet, folder.FullPath);
            return new NixDeployOptions
            {
                Fleet = fleet,
                StateFolder = state,
                Transports = options.Transports(state, TimeProvider.System),
                Strategies = options.Strategies,
            };
        }
    }

    /// <summary>Runs a command in front of the person at the terminal; Ctrl-C stops it gracefully; the second one detaches.</summary>
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

    /// <summary>Refuses arguments of ours that one of the build's own tasks does not use, and unknown ones.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="used">The arguments of ours that it uses, without dashes.</param>
    /// <exception cref="UsageException"><c>ND0210</c>, <c>ND0211</c>, <c>ND0212</c>: one is invalid.</exception>
    public void RefuseArgumentsBut(string task, params IEnumerable<string> used) => TaskArguments.Refuse(task, Arguments.Given, used);

    /// <summary>Runs one of our tasks' command, after refusing arguments that the task does not use.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="command">What to do; answers with one of <see cref="ExitCodes"/>.</param>
    /// <exception cref="UsageException"><c>ND0212</c>: an argument is given that the task does not use.</exception>
    /// <exception cref="CakeException">The command's exit code is not 0; it has been noted.</exception>
    internal Task RunAsync(string task, Func<DeploymentConsole, Task<int>> command)
    {
        TaskArguments.Check(task, Arguments.Targets, Arguments.Given);
        return RunAsync(command);
    }

    private static string Default(string fleet, string folder)
    {
        var (state, notice) = DefaultState.Use(fleet, folder);
        if (notice is not null)
        {
            Console.Error.WriteLine(notice);
        }

        return state;
    }

    private NixDeployArguments Read()
    {
        var result = NixDeployArguments.Read(arguments, options.OtherArguments);
        foreach (var notice in result.Notices)
        {
            Console.Error.WriteLine(notice);
        }

        return result;
    }
}
