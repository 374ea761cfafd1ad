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

    /// <summary>The terminal; without escape codes where it is none, whatever a CI service says of itself.</summary>
    private static IAnsiConsole Terminal
    {
        get
        {
            var console = AnsiConsole.Console;
            console.Profile.Capabilities.Ansi &= console.Profile.Out.IsTerminal;
            return console;
        }
    }

    /// <summary>The arguments.</summary>
    /// <exception cref="UsageException">One of them is invalid.</exception>
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
        var console = new DeploymentConsole(coordinator, Terminal, Arguments.Console, TimeProvider.System);
        var code = await command(console);
        if (code != ExitCodes.Success)
        {
            (status.Code, status.IsTold) = (code, console.Verdict.Length == 0);
            throw new CakeException(console.Verdict.Length > 0 ? console.Verdict : $"The command failed with exit code {code}; the reasons are above.");
        }
    }

    /// <summary>Refuses arguments of ours that one of the build's own tasks does not use.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="used">The arguments of ours that it uses, without dashes.</param>
    /// <exception cref="UsageException"><c>ND0211</c>, <c>ND0212</c>: one is invalid.</exception>
    public void RefuseArgumentsBut(string task, params IEnumerable<string> used) => TaskArguments.Refuse(task, Arguments.Given, used);

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
        var result = NixDeployArguments.Read(arguments);
        foreach (var notice in result.Notices)
        {
            Console.Error.WriteLine(notice);
        }

        return result;
    }
}
