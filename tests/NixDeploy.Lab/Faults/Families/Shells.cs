using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>The host's sh is busybox's instead of dash: every script, and the guard.</summary>
internal static class Shells
{
    private const string Family = "busybox";

    public static IEnumerable<Fault> All =>
    [
        Deploying("a good system is committed", system => system, new Ending(New)),
        Deploying("a unit fails", system => system.WithUnit(system.Units.Keys.First(), "echo it broke; exit 3"), new Ending(Old, "it broke") { ByGuard = false }),
        Deploying("the activation hangs", system => system with { Faults = new LabFaults { Hang = true } }, new Ending(Old) { ByGuard = true }),
    ];

    private static Fault Deploying(string name, Func<LabSystem, LabSystem> change, Ending end) => new(Family, name, end, async scene =>
    {
        await scene.Host.ReadAsync("ln -sf busybox /usr/bin/sh", scene.Ct);
        scene.Change(scene.Host, change);
        await scene.DeployAsync();
        await scene.Host.ReadAsync("ln -sf dash /usr/bin/sh", scene.Ct);
    });
}
