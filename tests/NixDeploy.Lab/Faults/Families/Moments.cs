using NixDeploy.Events;
using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>The controller, the host's power, its cable or its time ends at each moment of a deployment.</summary>
internal static class Moments
{
    private const string Family = "moments";


    private static readonly Ending ByGuard = new(Old) { ByGuard = true };

    public static IEnumerable<Fault> All => [.. PowerCuts, .. Cables, .. Frozen, ControllerKilled];

    private static Fault ControllerKilled => new(Family, "the controller is killed during the activation", new Ending(Old), async scene =>
    {
        scene.Host.Hold("activating");
        await using var controller = scene.StartController();
        await scene.Host.WaitUntilHeldAsync("activating", scene.Ct);
        await controller.KillAsync(scene.Ct);
        scene.Host.Release("activating");
        await scene.DeadlineAsync();
    })
    { Guard = 10 };

    private static IEnumerable<Fault> PowerCuts =>
    [
        new Fault(Family, "the power is cut when the transaction is written down", ByGuard, async scene =>
        {
            await scene.Host.ReadAsync("rm -rf /nix/var/nixdeploy/txn", scene.Ct); // that of an earlier fault
            await scene.DeployAsync(async s =>
            {
                await s.Host.WaitForFileAsync("/nix/var/nixdeploy/txn/record", s.Ct);
                await s.Host.CutPowerAsync(s.Ct);
                await s.Host.PowerOnAsync(s.Ct);
            });
        }),
        PowerCutAt("activating", "during the activation", ByGuard),
        PowerCutAt("before-set", "after the verdict, before the profile is set", ByGuard),
        PowerCutAt("boot-loader", "after the profile is set, before the boot default is", new Ending(New)),
        PowerCutAt("boot-default", "after the boot default is set", new Ending(New)),
    ];

    private static IEnumerable<Fault> Cables =>
    [
        new Fault(Family, "the cable is pulled during the copy and put back", new Ending(New), scene =>
        {
            scene.Change(scene.Host, system => system with { PayloadMegabytes = 60 });
            return scene.DeployAsync(async s =>
            {
                await s.HappenedAsync<CopyStarted>();
                await s.Host.ReceivesAsync(megabytes: 4, s.Ct);
                await PullCableAsync(s);
                await s.Host.RestoreLinkAsync(s.Ct);
            });
        }),
        Held("activating", "the cable is pulled during the activation and put back", new Ending(New), async s =>
        {
            await PullCableAsync(s);
            s.Host.Release("activating");
            await s.Host.RestoreLinkAsync(s.Ct);
        }),
        Held("activating", "the cable is pulled during the activation until the guard has decided", ByGuard, async s =>
        {
            await PullCableAsync(s);
            s.Host.Release("activating");
            await s.DeadlineAsync();
            await s.Host.RestoreLinkAsync(s.Ct);
        }),
        new Fault(Family, "the cable is pulled before the commit until the guard has decided", ByGuard, scene =>
        {
            scene.Change(scene.Host, system => system with { Deployment = system.Deployment with { HealthWindow = 8 } });
            return scene.DeployAsync(async s =>
            {
                await s.HappenedAsync<HostActivated>();
                await PullCableAsync(s);
                await s.DeadlineAsync();
                await s.Host.RestoreLinkAsync(s.Ct);
            });
        }),
    ];

    private static IEnumerable<Fault> Frozen =>
    [
        Held("activating", "the host is frozen during the activation and thawed", new Ending(New), s => FreezeAsync(s, "activating", s.SilenceAsync)),
        Held("activating", "the host is frozen during the activation until its guard's time is over", ByGuard, s => FreezeAsync(s, "activating", s.DeadlineAsync)),
        Held("boot-loader", "the host is frozen during the commit and thawed", new Ending(New), s => FreezeAsync(s, "boot-loader", s.SilenceAsync)),
    ];

    private static Fault Held(string moment, string name, Ending end, Func<FaultScene, Task> then) => new(Family, name, end, scene =>
    {
        scene.Host.Hold(moment);
        return scene.DeployAsync(async s =>
        {
            await s.Host.WaitUntilHeldAsync(moment, s.Ct);
            await then(s);
        });
    });

    private static Fault PowerCutAt(string moment, string name, Ending end)
    {
        var held = Held(moment, $"the power is cut {name}", end, async s =>
        {
            await s.Host.CutPowerAsync(s.Ct);
            s.Host.Release(moment);
            await s.Host.PowerOnAsync(s.Ct);
        });
        return held with
        {
            Guard = 60,
            Act = async scene =>
            {
                await scene.Host.MakeProfileHoldableAsync(scene.Ct);
                await held.Act(scene);
            },
        };
    }

    private static async Task PullCableAsync(FaultScene scene)
    {
        await scene.Host.CutLinkAsync(scene.Ct);
        await scene.SilenceAsync();
    }

    private static async Task FreezeAsync(FaultScene scene, string moment, Func<Task> until)
    {
        await scene.Host.FreezeAsync(scene.Ct);
        scene.Host.Release(moment);
        await until();
        await scene.Host.ThawAsync(scene.Ct);
    }
}
