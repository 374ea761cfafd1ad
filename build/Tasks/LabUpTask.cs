using Cake.Frosting;
using NixDeploy.Labs;

namespace Build.Tasks;

[TaskName("LabUp")]
[TaskDescription("Brings up real hosts on this machine (--hosts=N, default 4; --switch-script=FILE for NixOS's own switch-to-configuration) and a fleet that deploys to them.")]
public sealed class LabUpTask : AsyncFrostingTask<BuildContext>
{
    public override async Task RunAsync(BuildContext context)
    {
        var lab = await LabArguments.DoAsync(() => Lab.UpAsync(LabArguments.Read(context, "LabUp"), Console.WriteLine, CancellationToken.None));
        Console.WriteLine($"Deploy to it: ./build.sh --target=DeployAll --fleet={lab.Fleet}");
    }
}
