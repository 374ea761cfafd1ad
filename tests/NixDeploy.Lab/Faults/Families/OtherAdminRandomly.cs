using System.Globalization;
using NixDeploy.Events;
using NixDeploy.Fleets;
using static NixDeploy.Labs.Faults.EndsOn;

namespace NixDeploy.Labs.Faults.Families;

/// <summary>
/// Somebody else sets the profile, switches, reboots and collects garbage at random moments. Whatever comes of the deployment: no generation
/// that they made is deleted, the profile is not moved from where they left it during the deployment, and the system that the run
/// names is the one that runs, unless they activated another later.
/// </summary>
internal static class OtherAdminRandomly
{
    private static readonly string[] Anything =
        ["profile", "would boot", "generations", "drifted", "neither the old nor the new", "could not be restored", "the report says", "is left over", "is not that of", "Status says"];

    private static int seeds = Environment.TickCount;

    public static IEnumerable<Fault> All =>
    [
        new Fault("other-admin", "an admin does anything at any moment", new Ending(AsActed) { Excuses = Anything }, ActAsync) { Soak = 60, Tests = 3, Guard = 25 },
    ];

    private static async Task ActAsync(FaultScene scene)
    {
        var seed = Interlocked.Increment(ref seeds);
        var random = new Random(seed);
        var admin = new Admin(scene, await scene.ImportTheirsAsync());
        scene.Change(scene.Host, system => system with { Deployment = system.Deployment with { HealthWindow = random.Next(1, 6) } });
        await scene.DeployAsync(async s =>
        {
            await s.HappenedAsync<RunStarted>();
            for (var i = random.Next(1, 4); i > 0 && !s.HasEnded; i--)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 5000)), TimeProvider.System, s.Ct);
                await admin.ActAsync(random);
            }
        });
        await HostWholeness.SettleAsync(scene.Host, scene.Ct);
        foreach (var finding in await admin.JudgeAsync())
        {
            scene.Expect(false, $"{finding} (seed {seed}: {admin.Did}; the run says {scene.Of(scene.Host).Status}: {scene.Of(scene.Host).Problem?.Message})");
        }
    }

    private sealed class Admin(FaultScene scene, string theirs)
    {
        private readonly List<string> did = [];
        private readonly List<string> made = [];
        private DateTimeOffset lastActivation;
        private (DateTimeOffset Begun, string Link) lastMove;

        public string Did => string.Join(", ", did);

        public async Task ActAsync(Random random)
        {
            var begun = TimeProvider.System.GetUtcNow();
            var what = random.Next(6);
            did.Add(string.Create(CultureInfo.InvariantCulture, $"{begun:HH:mm:ss.f} {(new[] { "set", "set and back", "switch", "test", "reboot", "collect" })[what]}"));
            switch (what)
            {
                case 0:
                    await SetAsync();
                    break;
                case 1:
                    await scene.Host.ExecAsync($"old=$(readlink /nix/var/nix/profiles/system); nix-env -p /nix/var/nix/profiles/system --set {theirs}; ln -sfn \"$old\" /nix/var/nix/profiles/system.back && mv -T /nix/var/nix/profiles/system.back /nix/var/nix/profiles/system", scene.Ct);
                    break;
                case 2:
                    if (await SetAsync())
                    {
                        await ActivateAsync("switch");
                    }

                    break;
                case 3:
                    await ActivateAsync("test");
                    break;
                case 4:
                    await scene.Host.RebootAsync(scene.Ct);
                    lastActivation = TimeProvider.System.GetUtcNow();
                    break;
                default:
                    await scene.Host.ExecAsync("nix-store --gc", scene.Ct);
                    break;
            }
        }

        public async Task<List<string>> JudgeAsync()
        {
            var findings = new List<string>();
            var links = (await scene.Host.ReadAsync("cd /nix/var/nix/profiles && ls -1d system-*-link && readlink system", scene.Ct)).Split('\n');
            findings.AddRange(made.Where(link => !links.Contains(link)).Select(link => $"their generation {link} is deleted"));
            var events = await scene.RecordedAsync();
            var trial = events.Where(e => e.Event is ActivationStarted).Select(e => e.At).DefaultIfEmpty(DateTimeOffset.MaxValue).First();
            if (lastMove.Link is { Length: > 0 } link && lastMove.Begun > trial + TimeSpan.FromSeconds(3) && links[^1] != link)
            {
                findings.Add($"they left the profile at {link}, and it is at {links[^1]}");
            }

            var says = scene.Of(scene.Host);
            var plan = scene.Result!.State.Plan!.Hosts.Single();
            var (named, at) = events.Reverse().Select(e => (System: Named(e.Event, plan), e.At)).FirstOrDefault(e => e.System is not null);
            var runs = await scene.Host.CurrentSystemAsync(scene.Ct);
            if (says.Status is HostStatus.Deployed or HostStatus.RolledBack && named is not null && named.Value != runs && lastActivation < at - TimeSpan.FromSeconds(2))
            {
                findings.Add($"the run says that {named} runs, and {runs} does");
            }

            return findings;
        }

        private static StorePath? Named(DeploymentEvent happened, Planning.HostPlan plan) => happened switch
        {
            HostCommitted { AtNextBoot: false } => plan.To,
            HostRolledBack e => e.System ?? plan.From.System,
            _ => null,
        };

        private async Task<bool> SetAsync()
        {
            var begun = TimeProvider.System.GetUtcNow();
            var set = await scene.Host.ExecAsync($"nix-env -p /nix/var/nix/profiles/system --set {theirs} && readlink /nix/var/nix/profiles/system", scene.Ct);
            if (set.Succeeded && set.Text.StartsWith("system-", StringComparison.Ordinal))
            {
                made.Add(set.Text);
                lastMove = (begun, set.Text);
            }

            return set.Succeeded;
        }

        private async Task ActivateAsync(string action)
        {
            await scene.Host.ExecAsync($"{theirs}/bin/switch-to-configuration {action}", scene.Ct);
            lastActivation = TimeProvider.System.GetUtcNow();
        }
    }
}
