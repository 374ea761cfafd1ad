using CliWrap;
using CliWrap.Buffered;
using CliWrap.Builders;

namespace Cake.Frosting.NixDeploy.Tests;

/// <summary>Runs the consumers as their users would: as programs of their own.</summary>
internal sealed class Programs : IDisposable
{
    private static readonly string Repository = FindRepository();

    private readonly string folder = Directory.CreateTempSubdirectory("nixdeploy-consumer-").FullName;

    /// <summary>The demo's fleet.</summary>
    public static string Demo { get; } = Path.Combine(Repository, "recipes", "demo");

    /// <summary>Where the program's user is: a folder that is empty at first.</summary>
    public string Folder => folder;

    /// <summary>The runs that programs have left, in whichever fleet's state folder.</summary>
    public IEnumerable<string> Runs => Directory.Exists(Path.Combine(folder, "state")) ? Directory.GetDirectories(Path.Combine(folder, "state"), "*-*-*", SearchOption.AllDirectories) : [];

    /// <summary>Runs the program of a project that was built with the tests.</summary>
    public Task<BufferedCommandResult> RunAsync(string project, params string[] arguments) => RunAsync(project, arguments, _ => { });

    /// <summary>The same in another environment.</summary>
    public Task<BufferedCommandResult> RunAsync(string project, string[] arguments, Action<EnvironmentVariablesBuilder> environment)
    {
        return CliWrap.Cli.Wrap(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
            .WithArguments([In(project, $"{project}.dll"), .. arguments])
            .WithWorkingDirectory(folder)
            .WithEnvironmentVariables(e => environment(e.Set("NO_COLOR", "1").Set("XDG_STATE_HOME", Path.Combine(folder, "state"))))
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(TestContext.CurrentContext.CancellationToken);
    }

    /// <summary>The list of every library that a program is run with.</summary>
    public static string DependenciesOf(string project) => In(project, $"{project}.deps.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>A file of a project that was built with the tests.</summary>
    private static string In(string project, string file) =>
        Path.Combine(Repository, "artifacts", "bin", project, Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), file);

    private static string FindRepository()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "DeploymentCoordinator.sln")))
        {
            at = at.Parent ?? throw new InvalidOperationException("The tests do not run below the repository.");
        }

        return at.FullName;
    }
}
