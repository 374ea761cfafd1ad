using Cake.Frosting;
using Cake.Frosting.NixDeploy;
using NixDeploy.Labs;

namespace Build.Tasks;

[TaskName("LabUp")]
[TaskDescription("Brings up real hosts on this machine and a fleet that deploys to them.")]
[TaskArgument("hosts", "N", "how many hosts the lab has", Default = "4")]
[TaskArgument("lab", "NAME", "which lab", Default = "lab")]
[TaskArgument("switch-script", "FILE", "NixOS's own switch-to-configuration in Perl, to use on the hosts in place of the lab's", Default = "the lab's own")]
public sealed class LabUpTask : AsyncFrostingTask<BuildContext>
{
    public override async Task RunAsync(BuildContext context)
    {
        var lab = await LabArguments.DoAsync(() => Lab.UpAsync(LabArguments.Read(context, "LabUp"), Console.WriteLine, CancellationToken.None));
        Console.WriteLine($"Deploy to it: ./build.sh --target=DeployAll --fleet={lab.Fleet}");
    }
}
