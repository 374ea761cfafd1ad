using NixDeploy.Events;
using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>The garbage collector of the host runs at each moment of a deployment, which keeps it off both systems.</summary>
internal static class Collections
{
    private const string Family = "gc";

    public static IEnumerable<Fault> All =>
    [
        Collecting("once the host is prepared", s => s.Host.WaitForFileAsync("/nix/var/nix/gcroots/nixdeploy/new", s.Ct)),
        Collecting("during the copy", async s =>
        {
            await s.HappenedAsync<CopyStarted>();
            await s.Host.ReceivesAsync(megabytes: 4, s.Ct);
        }),
        Collecting("in the window", s => s.HappenedAsync<HostActivated>()),
        Held("activating", "during the activation"),
        Held("boot-loader", "during the commit"),
        new Fault(Family, "what an earlier copy has left is used", new Ending(New), async scene =>
        {
            await using (var coordinator = scene.Coordinator())
            {
                var plan = await coordinator.PlanAsync(new DeploymentRequest(), scene.Ct);
                await scene.Host.ImportAsync(plan.Hosts[0].To.Value, scene.Ct);
            }

            await scene.DeployAsync(async s =>
            {
                await s.Host.WaitForFileAsync("/nix/var/nix/gcroots/nixdeploy/new", s.Ct);
                await CollectAsync(s);
            });
        }),
        new Fault(Family, "without a pause while a deployment fails", new Ending(Old), scene =>
        {
            scene.Change(scene.Host, system => system.WithUnit("node-exporter", "exit 3").WithUnit("prometheus", "exit 3"));
            return scene.DeployAsync(async s =>
            {
                while (!s.HasEnded)
                {
                    await CollectAsync(s);
                }
            });
        }),
    ];


    private static Fault Collecting(string name, Func<FaultScene, Task> moment) => new(Family, name, new Ending(New), scene =>
    {
        scene.Change(scene.Host, system => system with { PayloadMegabytes = 30 });
        return scene.DeployAsync(async s =>
        {
            await moment(s);
            await CollectAsync(s);
        });
    });

    private static Fault Held(string moment, string name) => new(Family, name, new Ending(New), scene =>
    {
        scene.Host.Hold(moment);
        return scene.DeployAsync(async s =>
        {
            await s.Host.WaitUntilHeldAsync(moment, s.Ct);
            await CollectAsync(s);
            s.Host.Release(moment);
        });
    });

    private static Task<string> CollectAsync(FaultScene scene) => scene.Host.ReadAsync("nix-store --gc", scene.Ct);
}
