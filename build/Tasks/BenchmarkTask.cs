using Cake.Common.Tools.DotNet;
using Cake.Common.Tools.DotNet.Run;
using Cake.Core;
using Cake.Core.IO;
using Cake.Frosting;

namespace Build.Tasks;

[TaskName("Benchmark")]
[TaskDescription("Prints how planning and runs grow with the fleet, as in docs/performance.md; takes a quarter of an hour.")]
public sealed class BenchmarkTask : FrostingTask<BuildContext>
{
    public override void Run(BuildContext context) =>
        context.DotNetRun(
            context.Repository.Root.CombineWithFilePath("tests/NixDeploy.Benchmarks/NixDeploy.Benchmarks.csproj").FullPath,
            new ProcessArgumentBuilder().Append("scale"),
            new DotNetRunSettings { WorkingDirectory = context.Repository.Root, Configuration = "Release" });
}
