using Cake.Common.Tools.DotNet;
using Cake.Common.Tools.DotNet.Pack;
using Cake.Frosting;

namespace Build.Tasks;

[TaskName("Pack")]
[TaskDescription("Makes the packages, under artifacts/package.")]
[IsDependentOn(typeof(RestoreTask))]
public sealed class PackTask : FrostingTask<BuildContext>
{
    public override void Run(BuildContext context) =>
        context.DotNetPack(context.Repository.Solution.FullPath, new DotNetPackSettings
        {
            WorkingDirectory = context.Repository.Root,
            Configuration = "Release",
            NoRestore = true,
        });
}
