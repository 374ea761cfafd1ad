using Build.Testing;
using Cake.Common.IO;
using Cake.Common.Tools.DotNet;
using Cake.Common.Tools.DotNet.Test;
using Cake.Core;
using Cake.Core.IO;
using Cake.Frosting;
using NixDeploy.Labs;

namespace Build.Tasks;

[TaskName("Test")]
[TaskDescription("Runs every test, and says at the end how many passed and failed.")]
[IsDependentOn(typeof(BuildTask))]
public sealed class TestTask(TestRun tests) : AsyncFrostingTask<BuildContext>
{
    public override async Task RunAsync(BuildContext context)
    {
        await Lab.EnsureTestToolsAsync(Console.WriteLine, CancellationToken.None);
        var results = context.Repository.Artifacts.Combine("test-results");
        context.CleanDirectory(results);

        var exitCode = 0;
        context.DotNetTest(context.Repository.Solution.FullPath, new DotNetTestSettings
        {
            WorkingDirectory = context.Repository.Root,
            Configuration = context.BuildConfiguration,
            NoBuild = true,
            ResultsDirectory = results,
            ArgumentCustomization = arguments => arguments.Append("-p:CollectTestResults=true"),
            HandleExitCode = code =>
            {
                exitCode = code;
                return true;
            },
        });

        tests.Read(context.GetFiles($"{results}/**/*.trx").Select(file => file.FullPath));
        foreach (var reason in tests.SkipReasons)
        {
            Console.WriteLine(reason);
        }

        if (tests.Failed > 0)
        {
            throw new CakeException($"{tests.Failed} of {tests.Passed + tests.Failed} tests failed; they are named above.");
        }

        // A test host that crashed leaves no failed test behind.
        if (exitCode != 0)
        {
            throw new CakeException($"dotnet test exited with {exitCode} though no test is reported as failed; what it said is above.");
        }
    }
}
