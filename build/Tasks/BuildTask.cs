using Cake.Common.Tools.DotNet;
using Cake.Common.Tools.DotNet.Build;
using Cake.Frosting;

namespace Build.Tasks;

[TaskName("Build")]
[TaskDescription("Builds the solution.")]
[IsDependentOn(typeof(RestoreTask))]
public sealed class BuildTask : FrostingTask<BuildContext>
{
    public override void Run(BuildContext context) =>
        context.DotNetBuild(context.Repository.Solution.FullPath, new DotNetBuildSettings
        {
            WorkingDirectory = context.Repository.Root,
            Configuration = context.BuildConfiguration,
            Verbosity = DotNetVerbosity.Minimal,
            NoRestore = true,
        });
}
