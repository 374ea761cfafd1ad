using System.Globalization;
using Newtonsoft.Json.Linq;
using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>Two controllers at once, and a commit that meets the guard's deadline.</summary>
internal static class Races
{
    private const string Family = "races";

    public static IEnumerable<Fault> All =>
    [
        new Fault(Family, "two controllers start the same fleet", new Ending(New), TwoControllersAsync) { Hosts = 2, Soak = 50, Tests = 2, Guard = 60 },
        new Fault(Family, "a commit meets the guard's deadline", new Ending(Either), CommitAtDeadlineAsync) { Soak = 50, Tests = 3, Guard = 12 },
    ];

    private static async Task TwoControllersAsync(FaultScene scene)
    {
        var gate = Path.Combine(scene.Folder, "gate");
        await using var one = scene.StartController(gate, "one");
        await using var other = scene.StartController(gate, "other");
        await Task.WhenAll(one.PlannedAsync(scene.Ct), other.PlannedAsync(scene.Ct));
        await File.WriteAllTextAsync(gate, "", scene.Ct);
        var said = await Task.WhenAll(one.ResultAsync(scene.Ct), other.ResultAsync(scene.Ct));

        foreach (var host in scene.Hosts)
        {
            var lines = said.Select(text => text.Split('\n').SingleOrDefault(line => line.StartsWith(host.Name + " ", StringComparison.Ordinal)) ?? "").ToList();
            var winner = lines.FindIndex(line => line.StartsWith($"{host.Name} Deployed", StringComparison.Ordinal));
            var process = (winner == 0 ? one : other).Id.ToString(CultureInfo.InvariantCulture);
            scene.Expect(winner >= 0, $"nobody has deployed {host.Name}: {string.Join(" / ", said)}");
            scene.Expect(winner < 0 || lines[1 - winner].Contains($":{process} ", StringComparison.Ordinal), $"the loser does not name {process}, the winner: {lines[1 - Math.Max(0, winner)]}");
            var times = host.ActivationsOf(await host.CurrentSystemAsync(scene.Ct));
            scene.Expect(times == 1, $"{host.Name} was activated {times} times");
        }
    }

    /// <summary>A check that passes from three seconds before the deadline until one after it, and a window of a second: some commits are in time.</summary>
    private static Task<DeploymentResult> CommitAtDeadlineAsync(FaultScene scene)
    {
        var jitter = TimeProvider.System.GetUtcNow().Millisecond / 250.0;
        var wait = string.Create(
            CultureInfo.InvariantCulture,
            $"while read -r end </nix/var/nixdeploy/txn/deadline && read -r now rest </proc/uptime && [ \"${{now%.*}}\" -lt $((end - 3)) ]; do sleep 0.02; done; [ -e /run/waited ] || sleep {jitter:0.00}; touch /run/waited");
        scene.Change(scene.Host, system => system with
        {
            Deployment = system.Deployment with { HealthChecks = [new JObject { ["command"] = new JArray("sh", "-c", wait) }] },
        });
        return scene.DeployAsync();
    }
}
