using Cake.Common.Tools.DotNet;
using Cake.Common.Tools.DotNet.Restore;
using Cake.Frosting;

namespace Build.Tasks;

[TaskName("Restore")]
[TaskDescription("Fetches the packages.")]
public sealed class RestoreTask : FrostingTask<BuildContext>
{
    public override void Run(BuildContext context) =>
        context.DotNetRestore(context.Repository.Solution.FullPath, new DotNetRestoreSettings
        {
            WorkingDirectory = context.Repository.Root,
            Verbosity = DotNetVerbosity.Quiet,
        });
}
