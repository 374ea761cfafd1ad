using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Terminal;

namespace NixDeploy.Labs.Tests.Deployments;

/// <summary>Plans of SPEC's fleet, on real hosts.</summary>
public sealed class PlanTests : DeploymentTest
{
    private const string Four = "p620,p510,razer,samsung";

    private static readonly Dictionary<HostName, string?> Roles = new()
    {
        [HostName.Parse("p620")] = "monitoring server",
        [HostName.Parse("p510")] = "media server",
        [HostName.Parse("razer")] = "mobile client",
        [HostName.Parse("samsung")] = "mobile client",
    };

    [Test]
    public async Task Specs_fleet_gives_specs_phases_and_lines()
    {
        await DeployAsync(new DeploymentRequest { Hosts = Four });
        await Lab.ChangeAsync("p620", s => s.WithPackage("curl", "8.9").WithPackage("jq", "1.7").WithPackage("vim", "9.1") with { Etc = Etc("nginx/nginx.conf") }, Ct);
        await Lab.ChangeAsync("razer", s => s with { Kernel = "6.12.2" }, Ct);

        var plan = await PlanAsync(new DeploymentRequest { Hosts = Four });
        var text = PlanView.Write(plan, Roles);

        Assert.That(text, Does.StartWith(
            """
            Deployment Plan: 4 hosts
            Phase 1:
              - p620 (monitoring server) - CHANGED
            Phase 2 (After p620):
              - razer (mobile client) - CHANGED, DEPENDS ON p620
              - p510 (media server) - NO CHANGES (skip)
              - samsung (mobile client) - NO CHANGES (skip)

            p510:  UNCHANGED (skip deployment)
            p620:  CHANGED (3 packages, 1 config)
            razer: CHANGED (kernel update)
            samsung: UNCHANGED (skip deployment)

            p620:
              - System packages: +3, -0 (net +3)
              - Service changes: nginx/nginx.conf added
              - Kernel changes: None
              - User changes: None
            """));
        Assert.That(text, Does.Contain("\nRecommendation: Deploy p620 and razer only\n"));
        Assert.That(text, Does.Match(@"\nEstimated time: [\d.]+ (seconds|minutes) \(from the last runs\)\nRisk level: MEDIUM\n  - razer: the kernel changes \(linux-6.12.1 → linux-6.12.2\)"));
        Assert.That(text, Does.Match(@"\nRollback strategy: Per-host generation switch.*\nTime saved: \d+% vs sequential deployment\n"));
    }

    [Test]
    public async Task Planning_changes_nothing_on_hosts_in_the_fleet_and_in_the_state_folder()
    {
        await DeployAsync(new DeploymentRequest { Hosts = "razer" });
        await Lab.ChangeAsync("razer", s => s with { Version = "2" }, Ct);
        const string Look = "ls -lR --time-style=full-iso /nix/var/nixdeploy /nix/var/nix/profiles /nix/var/nix/gcroots /nix/store /boot | sha256sum; ls -A /run/nixdeploy; readlink /run/current-system";
        var (host, fleet, state) = (await Lab["razer"].ReadAsync(Look, Ct), Files(Lab.Fleet), Files(InState("")));

        await PlanAsync(new DeploymentRequest { Hosts = "razer" });

        Assert.Multiple(async () =>
        {
            Assert.That(await Lab["razer"].ReadAsync(Look, Ct), Is.EqualTo(host));
            Assert.That(Files(Lab.Fleet), Is.EqualTo(fleet));
            Assert.That(Files(InState("")), Is.EqualTo(state));
        });
    }

    [Test]
    public async Task A_saved_plan_is_deployed_once_and_refused_when_the_hosts_have_moved_on()
    {
        var saved = PlanJson.Write(await PlanAsync(new DeploymentRequest { Hosts = "razer,p620" }));
        await using (var coordinator = Coordinator())
        {
            var plan = PlanJson.Read(saved, "plan.json");
            await coordinator.CheckAsync(plan, Ct);
            Assert.That((await (await coordinator.StartAsync(plan, Ct)).Completion).ExitCode, Is.Zero);
        }

        await using var later = Coordinator();
        var error = Assert.ThrowsAsync<UsageException>(() => later.CheckAsync(PlanJson.Read(saved, "plan.json"), Ct))!;
        Assert.That(error.Code, Is.EqualTo("ND0251"));
        Assert.That(error.Message, Does.Contain("razer: it runs /nix/store/").And.Contain("p620: it runs /nix/store/"));

        var next = PlanJson.Write(await PlanAsync(new DeploymentRequest { Hosts = "razer" }));
        await Lab.ChangeAsync("razer", s => s with { Version = "3", Deployment = s.Deployment with { HealthWindow = 2 } }, Ct);
        await using var latest = Coordinator();
        error = Assert.ThrowsAsync<UsageException>(() => latest.CheckAsync(PlanJson.Read(next, "plan.json"), Ct))!;
        Assert.That(error.Message, Does.Contain("razer: its settings in the fleet have changed").And.Contain("razer: the fleet has /nix/store/"));
    }

    [Test]
    public async Task A_left_out_dependency_that_has_changed_is_warned_of_and_can_be_included()
    {
        var alone = await PlanAsync(new DeploymentRequest { Hosts = "razer" });
        Assert.That(alone.Hosts.Select(h => h.Host.Value), Is.EqualTo(new[] { "razer" }));
        Assert.That(alone.Warnings, Has.Some.Contains("p620 has changed too").And.Some.Contains("--include-dependencies"));

        var whole = await PlanAsync(new DeploymentRequest { Hosts = "razer", IncludeDependencies = true });
        Assert.That(whole.Hosts.Select(h => h.Host.Value), Is.EqualTo(new[] { "p620", "razer" }));
        Assert.That(whole.Warnings, Has.None.Contains("changed too"));
    }

    [Test]
    public async Task A_running_specialisation_of_the_target_counts_as_the_target()
    {
        await Lab.ChangeAsync("razer", s => s with { Specialisations = System.Collections.Immutable.ImmutableSortedDictionary<string, Newtonsoft.Json.Linq.JObject>.Empty.Add("quiet", new() { ["version"] = "quiet" }) }, Ct);
        Assert.That((await DeployAsync(new DeploymentRequest { Hosts = "razer" })).ExitCode, Is.Zero);
        await Lab["razer"].ReadAsync("/run/current-system/specialisation/quiet/bin/switch-to-configuration test", Ct);

        var plan = await PlanAsync(new DeploymentRequest { Hosts = "razer" });

        Assert.That(plan.Hosts, Is.Empty);
        Assert.That(plan.Skipped.Select(s => s.Host.Value), Is.EqualTo(new[] { "razer" }));
    }

    [Test]
    public async Task Blue_green_keeps_all_hosts_or_none()
    {
        await DeployAsync(new DeploymentRequest { Hosts = Four });
        foreach (var host in Four.Split(','))
        {
            await Lab.ChangeAsync(host, s => s with { Version = "2" }, Ct);
        }

        await Lab.ChangeAsync("razer", s => s.WithUnit("node-exporter", "exit 3"), Ct);
        var failed = await DeployAsync(new DeploymentRequest { Hosts = Four, Strategy = "blue-green" });
        Assert.Multiple(async () =>
        {
            Assert.That(failed.ExitCode, Is.EqualTo(ExitCodes.Failed));
            foreach (var host in Four.Split(','))
            {
                Assert.That(await Lab[host].GenerationAsync(Ct), Is.EqualTo(2), host);
                Assert.That(await Lab[host].ReadAsync("cat /run/current-system/nixos-version", Ct), Is.EqualTo("lab.1"), host);
                Assert.That(await Lab[host].ReadAsync("[ -e /run/nixdeploy/lock ] && echo locked || echo free", Ct), Is.EqualTo("free"), host);
            }
        });

        await Lab.ChangeAsync("razer", s => s.WithUnit("node-exporter", "exec sleep infinity"), Ct);
        var kept = await DeployAsync(new DeploymentRequest { Hosts = Four, Strategy = "blue-green" });
        Assert.That(kept.ExitCode, Is.Zero);
        Assert.That(kept.State.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Deployed));
    }

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, string> Etc(string path) =>
        System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty.Add(path, "worker_processes 2;\n");

    private static string Files(string folder) => string.Join('\n', Directory.EnumerateFiles(
            folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
        .Order(StringComparer.Ordinal).Select(f => $"{f} {new FileInfo(f).Length} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}"));

    private async Task<DeploymentPlan> PlanAsync(DeploymentRequest request)
    {
        await using var coordinator = Coordinator();
        return await coordinator.PlanAsync(request, Ct);
    }
}
