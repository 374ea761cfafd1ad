using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>Services and checks that fail late, and disks that cannot be written to.</summary>
internal static class Services
{
    private const string Family = "services";

    private static readonly Ending Refused = new(Old) { ByGuard = false };

    public static IEnumerable<Fault> All =>
    [
        Watched("a service dies after 5 s", "late", "sleep 5; echo out of paper; exit 1", [], Refused with { Says = "out of paper" }, window: 10),
        Watched(
            "a service flaps", "flapping", "sleep 2; exit 1", [("Restart", "always"), ("RestartSec", "0.2")], Refused with { Says = "flapping" }, window: 10),
        Checked("an HTTP check is answered with 500", "print $c qq(HTTP/1.1 500 Broken\\r\\nContent-Length: 0\\r\\n\\r\\n); close $c", "500"),
        Checked("an HTTP check is never answered", "push @kept, $c", "http http://127.0.0.1:8080/"),
        new Fault(Family, "a check's command does not exist", Refused with { Says = "/nowhere/check" }, scene =>
        {
            scene.Change(scene.Host, system => With(system, new JObject { ["command"] = new JArray("/nowhere/check"), ["timeout"] = 2 }));
            return scene.DeployAsync();
        }),
        new Fault(Family, "the disk is full before", Refused, async scene =>
        {
            scene.Change(scene.Host, system => system with { PayloadMegabytes = 20 });
            await scene.Host.FillDiskAsync(scene.Ct, leaveKilobytes: 4 * 1024);
            await scene.DeployAsync();
            await scene.Host.FreeDiskAsync(scene.Ct);
            scene.Expect(scene.Of(scene.Host).Status is HostStatus.Blocked, $"it is {scene.Of(scene.Host).Status}, and must be refused");
        }),
        new Fault(Family, "the disk fills while the system is copied", Refused with { Says = "No space left" }, async scene =>
        {
            scene.Change(scene.Host, system => system with { PayloadMegabytes = 60 });
            await scene.DeployAsync(async s =>
            {
                await s.HappenedAsync<CopyStarted>();
                await s.Host.FillDiskAsync(s.Ct, leaveKilobytes: 8 * 1024);
            });
            await scene.Host.FreeDiskAsync(scene.Ct);
        }),
        new Fault(Family, "the disk fills while the system is activated", Refused with { Says = "No space left" }, async scene =>
        {
            scene.Host.Hold("activating");
            await scene.DeployAsync(async s =>
            {
                await s.Host.WaitUntilHeldAsync("activating", s.Ct);
                await s.Host.FillDiskAsync(s.Ct);
                s.Host.Release("activating");
            });
            await scene.Host.FreeDiskAsync(scene.Ct);
        }),
        new Fault(Family, "the folder of profiles is read-only", new Ending(Old, "Read-only file system"), async scene =>
        {
            await scene.Host.MakeProfilesReadOnlyAsync(scene.Ct);
            await scene.DeployAsync();
            await scene.Host.MakeProfilesWritableAsync(scene.Ct);
        }),
    ];


    private static Fault Watched(string name, string unit, string exec, (string, string)[] lines, Ending end, int window) => new(Family, name, end, scene =>
    {
        scene.Change(scene.Host, system =>
        {
            var watched = With(system.WithUnit(unit, new LabUnit { Exec = exec, Service = LabUnit.Lines(lines) }), LabDeployment.ServiceCheck(unit));
            return watched with { Deployment = watched.Deployment with { HealthWindow = window } };
        });
        return scene.DeployAsync();
    });

    private static Fault Checked(string name, string answer, string says) => new(Family, name, Refused with { Says = says }, scene =>
    {
        scene.Change(scene.Host, system => With(
            system.WithUnit("web", $"exec perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 9, LocalAddr => \"127.0.0.1\", LocalPort => 8080); while ($c = $s->accept) {{ sysread $c, $request, 4096; {answer} }}'"),
            new JObject { ["http"] = "http://127.0.0.1:8080/", ["timeout"] = 6 }));
        return scene.DeployAsync();
    });

    private static LabSystem With(LabSystem system, JObject check) =>
        system with { Deployment = system.Deployment with { HealthChecks = system.Deployment.HealthChecks.Add(check) } };
}
