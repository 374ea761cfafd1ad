using Cake.Common.Tools.DotNet;
using Cake.Common.Tools.DotNet.Format;
using Cake.Frosting;

namespace Build.Tasks;

[TaskName("Format")]
[TaskDescription("Fails when a source file is not formatted as .editorconfig says.")]
[IsDependentOn(typeof(RestoreTask))]
public sealed class FormatTask : FrostingTask<BuildContext>
{
    public override void Run(BuildContext context) =>
        context.DotNetFormat(context.Repository.Solution.FullPath, new DotNetFormatSettings
        {
            WorkingDirectory = context.Repository.Root,
            VerifyNoChanges = true,
            NoRestore = true,
        });
}
