using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>Somebody else works on the host meanwhile: what they made stays, and the run says so.</summary>
internal static class OtherAdmins
{
    private const string Family = "other-admin";
    private const string HoldLock = "mkdir -p /run/nixos && systemd-run --quiet --unit=holder -p DefaultDependencies=no /usr/bin/flock /run/nixos/switch-to-configuration.lock /usr/bin/sleep 900 && until ! flock -n /run/nixos/switch-to-configuration.lock true; do sleep 0.1; done";

    // What is theirs is neither the old nor the new system.
    private static readonly string[] ProfileIsTheirs = ["but its profile has", "generations", "drifted"];
    private static readonly string[] HostIsTheirs = ["generations", "drifted", "neither the old nor the new", "could not be restored", "the report says"];

    public static IEnumerable<Fault> All =>
    [
        .. OtherAdminRandomly.All,
        Fails("the profile is set in the window", ProfileIsTheirs, "generation 2", async (s, theirs) =>
        {
            await s.HappenedAsync<HostActivated>();
            await s.Host.ReadAsync($"nix-env -p /nix/var/nix/profiles/system --set {theirs}", s.Ct);
        }),
        Fails("the profile is set while the boot loader is installed", [.. ProfileIsTheirs, "but would boot"], "generation 3", async (s, theirs) =>
        {
            s.Host.Hold("boot-loader");
            await s.Host.WaitUntilHeldAsync("boot-loader", s.Ct);
            await s.Host.ReadAsync($"nix-env -p /nix/var/nix/profiles/system --set {theirs}", s.Ct);
            s.Host.Release("boot-loader");
        }),
        Fails("another system is switched to in the window", HostIsTheirs, "somebody else activated", async (s, theirs) =>
        {
            await s.HappenedAsync<HostActivated>();
            await s.Host.ReadAsync($"nix-env -p /nix/var/nix/profiles/system --set {theirs} && {theirs}/bin/switch-to-configuration switch", s.Ct);
        }, runsTheirs: true),
        Deploying("old generations are deleted during the commit", new Ending(New), async s =>
        {
            s.Host.Hold("boot-loader");
            await s.Host.WaitUntilHeldAsync("boot-loader", s.Ct);
            await s.Host.ReadAsync("nix-env -p /nix/var/nix/profiles/system --delete-generations old && nix-store --gc", s.Ct);
            s.Host.Release("boot-loader");
        }),
        new Fault(Family, "the lock of switch-to-configuration is held all along", new Ending(Old, "holds its lock") { ByGuard = false, Rebooted = false }, async scene =>
        {
            await scene.Host.ReadAsync(HoldLock, scene.Ct);
            await scene.DeployAsync();
            await scene.Host.ReadAsync("systemctl stop holder.service", scene.Ct);
        })
        { Guard = 20 },
        new Fault(Family, "the lock of switch-to-configuration is held at the guard's deadline", new Ending(Old) { ByGuard = true, Rebooted = false }, scene =>
        {
            scene.Change(scene.Host, system => With(system, new JObject { ["command"] = new JArray("false"), ["start-up"] = 300, ["timeout"] = 300 }));
            return scene.DeployAsync(async s =>
            {
                await s.HappenedAsync<HostActivated>();
                await s.Host.ReadAsync(HoldLock, s.Ct);
                await s.DeadlineAsync();
                await s.Host.ReadAsync("sleep 3; systemctl stop holder.service", s.Ct);
            });
        })
        { Guard = 15 },
        new Fault(Family, "a unit that may fail fails, and fails again when it was failed before", new Ending(New) { Excuses = ["the unit backup.service is"] }, async scene =>
        {
            scene.Change(scene.Host, system => WithBackup(system) with { Deployment = system.Deployment with { More = new Dictionary<string, JToken> { ["may-fail"] = new JArray("back*") } } });
            var first = await scene.DeployAsync();
            scene.Expect(first.ExitCode == 0, $"the exit code is {first.ExitCode} although the unit may fail: {scene.Of(scene.Host).Problem}");
            scene.Change(scene.Host, system => WithBackup(system).WithPackage("more", "1"));
            var second = await scene.DeployAsync();
            scene.Expect(second.ExitCode == 0, $"the exit code is {second.ExitCode} although the unit was failed before: {scene.Of(scene.Host).Problem}");
        }),
    ];

    private static LabSystem WithBackup(LabSystem system) => system.WithUnit("backup", new LabUnit { Exec = "echo no tape; exit 3", Type = "oneshot" });

    private static LabSystem With(LabSystem system, JObject check) =>
        system with { Deployment = system.Deployment with { HealthChecks = system.Deployment.HealthChecks.Add(check) } };

    /// <summary>Their change must survive, the deployment fail, and the report say what happened.</summary>
    private static Fault Fails(string name, string[] excuses, string says, Func<FaultScene, string, Task> meanwhile, bool runsTheirs = false) =>
        new(Family, name, new Ending(AsActed, says) { Rebooted = false, Excuses = excuses }, async scene =>
        {
            var before = await scene.Host.CurrentSystemAsync(scene.Ct);
            var theirs = await scene.ImportTheirsAsync();
            scene.Change(scene.Host, system => system with { Deployment = system.Deployment with { HealthWindow = 6 } });
            var result = await scene.DeployAsync(s => meanwhile(s, theirs));

            var (profile, runs) = (await scene.Host.ReadAsync("readlink -f /nix/var/nix/profiles/system", scene.Ct), await scene.Host.CurrentSystemAsync(scene.Ct));
            scene.Expect(profile == theirs, $"the profile has {profile} instead of their system");
            scene.Expect(runs == (runsTheirs ? theirs : before), $"it runs {runs}");
            scene.Expect(result.ExitCode == (runsTheirs ? ExitCodes.ManualInterventionRequired : ExitCodes.Failed), $"the exit code is {result.ExitCode}");
        });

    private static Fault Deploying(string name, Ending end, Func<FaultScene, Task> meanwhile) => new(Family, name, end, scene => scene.DeployAsync(meanwhile));
}
