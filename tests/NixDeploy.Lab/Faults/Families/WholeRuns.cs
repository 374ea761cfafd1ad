using NixDeploy.Events;
using NixDeploy.Fleets;
using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>Some hosts of a run fail, or cannot be reached: what becomes of the others.</summary>
internal static class WholeRuns
{
    private const string Family = "whole-runs";

    public static IEnumerable<Fault> All =>
    [
        new Fault(Family, "the canary fails", new Ending(Old), CanaryFailsAsync) { Hosts = 3, Guard = 60 },
        new Fault(Family, "two of six fail", new Ending(Old), TwoOfSixFailAsync) { Hosts = 6, Guard = 60 },
        new Fault(Family, "two hosts sleep", new Ending(AsActed), TwoSleepAsync) { Hosts = 5, Guard = 60 },
    ];

    private static async Task CanaryFailsAsync(FaultScene scene)
    {
        var before = await Task.WhenAll(scene.Hosts.Select(host => UptimesAsync(host, scene.Ct)));
        foreach (var host in scene.Hosts)
        {
            scene.Change(host, Failing);
        }

        var result = await scene.DeployAsync(new DeploymentRequest { Strategy = "canary", CanaryHosts = new HostShare(1, null) });

        scene.Expect(result.ExitCode == ExitCodes.Failed, $"the exit code is {result.ExitCode}");
        var canaries = scene.Hosts.Where(host => scene.Of(host).FailedWhileDeploying).ToList();
        scene.Expect(canaries.Count == 1, $"{canaries.Count} hosts were touched, not one canary");
        for (var i = 0; i < scene.Hosts.Count; i++)
        {
            if (!canaries.Contains(scene.Hosts[i]))
            {
                scene.Expect(await UptimesAsync(scene.Hosts[i], scene.Ct) == before[i], $"units of {scene.Hosts[i].Name} were started again");
            }
        }
    }

    /// <summary>Four hosts, each behind the one before it, and behind them two that fail: by then the four have been deployed.</summary>
    private static async Task TwoOfSixFailAsync(FaultScene scene)
    {
        for (var i = 1; i < scene.Hosts.Count; i++)
        {
            var before = scene.Hosts[Math.Min(i, 4) - 1].Name;
            var fails = i >= 4;
            scene.Change(scene.Hosts[i], system => (fails ? Failing(system) : system) with
            {
                Deployment = system.Deployment with { Dependencies = [before] },
            });
        }

        var result = await scene.DeployAsync(new DeploymentRequest { ParallelLimit = 1, Bake = TimeSpan.Zero });

        scene.Expect(result.ExitCode == ExitCodes.Failed, $"the exit code is {result.ExitCode}");
        scene.Expect(result.State.Halted, "the run was not halted");
        var events = await scene.EventsAsync();
        var deployed = events.OfType<HostCommitted>().Select(e => e.Host).ToList();
        var returned = events.OfType<HostRolledBack>().Select(e => e.Host).Where(deployed.Contains).ToList();
        scene.Expect(deployed.Count == 4, $"{deployed.Count} hosts were deployed, not four");
        scene.Expect(returned.SequenceEqual(deployed.AsEnumerable().Reverse()), $"deployed were {string.Join(", ", deployed)}, and rolled back {string.Join(", ", returned)}");
    }

    private static async Task TwoSleepAsync(FaultScene scene)
    {
        var (asleep, behind, awake) = (scene.Hosts.Take(2).ToList(), scene.Hosts[2], scene.Hosts.Skip(3).ToList());
        scene.Change(behind, system => system with { Deployment = system.Deployment with { Dependencies = [asleep[0].Name] } });
        await Task.WhenAll(asleep.Select(host => host.CutPowerAsync(scene.Ct)));

        var result = await scene.DeployAsync();

        await Task.WhenAll(asleep.Select(host => host.PowerOnAsync(scene.Ct)));
        scene.Expect(result.ExitCode == ExitCodes.Refused, $"the exit code is {result.ExitCode}");
        scene.Expect(scene.Of(behind).Because?.Value == asleep[0].Name, $"{behind.Name} does not say that it waits for {asleep[0].Name}");
        foreach (var (host, status) in asleep.Append(behind).Select(h => (h, HostStatus.Blocked)).Concat(awake.Select(h => (h, HostStatus.Deployed))))
        {
            scene.Expect(scene.Of(host).Status == status, $"{host.Name} is {scene.Of(host).Status} and must be {status}");
        }
    }

    private static LabSystem Failing(LabSystem system) => system.WithUnit(system.Units.Keys.First(), "echo it broke; exit 3");

    private static Task<string> UptimesAsync(LabHost host, CancellationToken ct) =>
        host.ReadAsync("cat /proc/sys/kernel/random/boot_id; for unit in /etc/systemd/system/*.service; do systemctl show -P ActiveEnterTimestampMonotonic \"${unit##*/}\"; done", ct);
}
