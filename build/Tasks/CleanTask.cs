using Cake.Common.IO;
using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Leaves the folder that this very program runs from, which build.sh looks after.</summary>
[TaskName("Clean")]
[TaskDescription("Removes what building, testing and packing have made.")]
public sealed class CleanTask : FrostingTask<BuildContext>
{
    private static readonly string[] Made = ["bin", "package", "publish", "test-results"];

    public override void Run(BuildContext context)
    {
        foreach (var folder in Made)
        {
            context.CleanDirectory(context.Repository.Artifacts.Combine(folder));
        }
    }
}
