using System.Reflection;
using CliWrap;
using CliWrap.Buffered;

namespace Cake.NixDeploy.Tests;

/// <summary>A plain build.cake, run by Cake's own script runner.</summary>
[TestFixture]
public sealed class ScriptTests
{
    private string folder = "";

    [SetUp]
    public void A_folder_with_the_script_and_the_libraries()
    {
        folder = Directory.CreateTempSubdirectory("nixdeploy-script-").FullName;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll").Append(Path.Combine(AppContext.BaseDirectory, "build.cake")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        CopyNativeLibraries();
    }

    [TearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [Test]
    public async Task A_script_plans_deploys_and_rolls_back()
    {
        var plan = await CakeAsync("Plan");
        Assert.That(plan.ExitCode, Is.Zero, plan.StandardOutput + plan.StandardError);
        Assert.That(plan.StandardOutput, Does.Contain("p620 (infrastructure) - CHANGED"));

        var deploy = await CakeAsync("Deploy");
        Assert.That(deploy.ExitCode, Is.Zero, deploy.StandardOutput + deploy.StandardError);
        Assert.That(deploy.StandardOutput, Does.Contain("DEPLOYED, generation 246"));

        var back = await CakeAsync("Back");
        Assert.That(back.ExitCode, Is.Zero, back.StandardOutput + back.StandardError);
        Assert.That(back.StandardOutput, Does.Contain("generation 245"));
    }

    private Task<BufferedCommandResult> CakeAsync(string target) => Cli.Wrap("dotnet")
        .WithArguments([Metadata("CakeTool"), Path.Combine(folder, "build.cake"), $"--target={target}", $"--fleet={Demo()}", $"--state={Path.Combine(folder, "state")}"])
        .WithWorkingDirectory(folder)
        .WithEnvironmentVariables(e => e.Set("NO_COLOR", "1"))
        .WithValidation(CommandResultValidation.None)
        .ExecuteBufferedAsync(TestContext.CurrentContext.CancellationToken);

    /// <summary>SQLite's own library is looked for beside the managed ones.</summary>
    private void CopyNativeLibraries()
    {
        var runtimes = Path.Combine(AppContext.BaseDirectory, "runtimes", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "native");
        foreach (var file in Directory.EnumerateFiles(runtimes))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }
    }

    private static string Metadata(string key) =>
        typeof(ScriptTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    private static string Demo()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "DeploymentCoordinator.sln")))
        {
            at = at.Parent!;
        }

        return Path.Combine(at.FullName, "recipes", "demo");
    }
}
