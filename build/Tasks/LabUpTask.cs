using Cake.Frosting;
using Cake.Frosting.NixDeploy;
using NixDeploy.Labs;

namespace Build.Tasks;

[TaskName("LabUp")]
[TaskDescription("Brings up real hosts on this machine (--hosts=N, default 4) and a fleet that deploys to them.")]
[TaskArgument("hosts", "N", "how many hosts the lab has", Default = "4")]
[TaskArgument("lab", "NAME", "which lab", Default = "lab")]
public sealed class LabUpTask : AsyncFrostingTask<BuildContext>
{
    public override async Task RunAsync(BuildContext context)
    {
        var lab = await LabArguments.DoAsync(() => Lab.UpAsync(LabArguments.Read(context, "LabUp"), Console.WriteLine, CancellationToken.None));
        Console.WriteLine($"Deploy to it: ./build.sh --target=DeployAll --fleet={lab.Fleet}");
    }
}
