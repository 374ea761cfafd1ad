using Cake.Frosting;
using Cake.Frosting.NixDeploy;
using NixDeploy.Labs;

namespace Build.Tasks;

[TaskName("LabDown")]
[TaskDescription("Takes the lab down: nothing of it stays but the image that the next one starts from.")]
[TaskArgument("lab", "NAME", "which lab", Default = "lab")]
public sealed class LabDownTask : AsyncFrostingTask<BuildContext>
{
    public override Task RunAsync(BuildContext context) =>
        Lab.DownAsync(LabArguments.Directory(context, "LabDown"), Console.WriteLine, CancellationToken.None);
}
