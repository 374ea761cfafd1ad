using Cake.Frosting;
using NixDeploy;
using NixDeploy.Labs;

namespace Build.Tasks;

[TaskName("LabStatus")]
[TaskDescription("Shows the lab's hosts: which run, and what they run.")]
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
