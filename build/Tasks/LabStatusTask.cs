using Cake.Frosting;
using Cake.Frosting.NixDeploy;
using NixDeploy;
using NixDeploy.Labs;

namespace Build.Tasks;

[TaskName("LabStatus")]
[TaskDescription("Shows the lab's hosts: which run, and what they run.")]
[TaskArgument("lab", "NAME", "which lab", Default = "lab")]
public sealed class LabStatusTask : AsyncFrostingTask<BuildContext>
{
    public override async Task RunAsync(BuildContext context)
    {
        var directory = LabArguments.Directory(context, "LabStatus");
        if (!Lab.Exists(directory))
        {
            throw new UsageException("ND0230", $"There is no lab in {directory}; LabUp makes one.");
        }

        Console.WriteLine(await Lab.Open(directory).StatusAsync(CancellationToken.None));
    }
}
