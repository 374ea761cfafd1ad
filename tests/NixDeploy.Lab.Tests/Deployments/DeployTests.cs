using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Labs.Tests.Deployments;

public sealed class DeployTests : DeploymentTest
{
    [Test]
    public async Task A_flake_is_deployed_changed_deployed_again_and_rolled_back_and_the_hosts_show_it()
    {
        var first = await DeployAsync();
        Assert.That(first.ExitCode, Is.Zero);
        foreach (var host in Lab.Hosts)
        {
            Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(await TargetOf(host.Name)));
            Assert.That(await host.GenerationAsync(Ct), Is.EqualTo(2));
        }

        var before = await Lab["p620"].CurrentSystemAsync(Ct);
        await Lab.ChangeAsync("p620", s => s with { Version = "changed" }, Ct);
        var second = await DeployAsync();
        Assert.Multiple(async () =>
        {
            Assert.That(second.ExitCode, Is.Zero);
            Assert.That(Of(second, "p620").Status, Is.EqualTo(HostStatus.Deployed));
            Assert.That(second.State.Hosts.Values.Count(h => h.Status == HostStatus.Skipped), Is.EqualTo(Lab.Hosts.Length - 1));
            Assert.That(second.State.Hosts.Values.Where(h => h.Status == HostStatus.Skipped).Select(h => (h.Connections, h.Commands)), Is.All.EqualTo((1, 1)));
            Assert.That(await Lab["p620"].CurrentSystemAsync(Ct), Is.EqualTo(await TargetOf("p620")));
            Assert.That(await Lab["p620"].BootDefaultAsync(Ct), Is.EqualTo(await TargetOf("p620")));
            Assert.That(await Lab["p620"].GenerationAsync(Ct), Is.EqualTo(3));
            Assert.That(await Lab["p620"].ReadAsync("systemctl show -P Description prometheus", Ct), Is.EqualTo("prometheus, version changed"));
            Assert.That(await Lab["razer"].GenerationAsync(Ct), Is.EqualTo(2), "an unchanged host gets no new generation");
        });

        var back = await RollbackAsync("p620");
        Assert.Multiple(async () =>
        {
            Assert.That(back.ExitCode, Is.Zero);
            Assert.That(await Lab["p620"].CurrentSystemAsync(Ct), Is.EqualTo(before));
            Assert.That(await Lab["p620"].BootDefaultAsync(Ct), Is.EqualTo(before));
            Assert.That(await Lab["p620"].GenerationAsync(Ct), Is.EqualTo(2));
            Assert.That(await Lab["p620"].ReadAsync("systemctl is-active prometheus", Ct), Is.EqualTo("active"));
        });
    }

    [Test]
    public async Task A_host_whose_unit_fails_is_back_on_its_old_system_its_dependents_untouched_and_the_others_deployed()
    {
        await DeployAsync(new DeploymentRequest { Hosts = Three });
        var old = await Lab["p620"].CurrentSystemAsync(Ct);
        await Lab.ChangeAsync("p620", s => (s with { Version = "bad" }).WithUnit("prometheus", "echo the disk is on fire; exit 3"), Ct);
        await Lab.ChangeAsync("razer", s => s with { Version = "2" }, Ct);
        await Lab.ChangeAsync(Free, s => s with { Version = "2" }, Ct);

        var result = await DeployAsync(new DeploymentRequest { Hosts = Three });

        Assert.Multiple(async () =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Failed));
            Assert.That(Of(result, "p620").Status, Is.EqualTo(HostStatus.RolledBack));
            Assert.That(await Lab["p620"].CurrentSystemAsync(Ct), Is.EqualTo(old));
            Assert.That(await Lab["p620"].GenerationAsync(Ct), Is.EqualTo(2));
            Assert.That(await Lab["p620"].ReadAsync("systemctl is-active prometheus", Ct), Is.EqualTo("active"));
            Assert.That(Of(result, "razer").Status, Is.EqualTo(HostStatus.Blocked));
            Assert.That(await Lab["razer"].GenerationAsync(Ct), Is.EqualTo(2));
            Assert.That(Of(result, Free).Status, Is.EqualTo(HostStatus.Deployed));
            Assert.That(await File.ReadAllTextAsync(result.Folder.Report, Ct), Does.Contain("prometheus.service").And.Contain("the disk is on fire"));
        });
    }

    [Test]
    public async Task A_host_that_does_not_answer_blocks_itself_and_its_dependents_only()
    {
        await Lab["p620"].CutPowerAsync(Ct);
        try
        {
            var result = await DeployAsync(new DeploymentRequest { Hosts = Three });
            Assert.Multiple(() =>
            {
                Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
                Assert.That(Of(result, "p620").Problem!.Code, Does.StartWith("ND05"));
                Assert.That(Of(result, "razer").Because?.Value, Is.EqualTo("p620"));
                Assert.That(Of(result, Free).Status, Is.EqualTo(HostStatus.Deployed));
            });
        }
        finally
        {
            await Lab["p620"].PowerOnAsync(Ct);
        }
    }

    [Test]
    public async Task A_host_with_another_key_than_the_known_one_is_refused()
    {
        await Lab["samsung"].ChangeHostKeyAsync(Ct);
        try
        {
            var result = await DeployAsync(new DeploymentRequest { Hosts = $"samsung,{Free}" });
            Assert.Multiple(() =>
            {
                Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Blocked));
                Assert.That(Of(result, "samsung").Problem!.Message, Does.Contain("key"));
                Assert.That(Of(result, Free).Status, Is.EqualTo(HostStatus.Deployed));
            });
        }
        finally
        {
            await Lab["samsung"].RestoreHostKeyAsync(Ct);
        }
    }

    [Test]
    public async Task A_host_that_does_not_evaluate_leaves_the_others_unharmed()
    {
        var file = Path.Combine(Lab.Fleet, "hosts", "razer.nix");
        await File.WriteAllTextAsync(file, "{ version = \"1\"; packages = { hello = nosuchthing; }; }\n", Ct);
        var result = await DeployAsync(new DeploymentRequest { Hosts = $"razer,{Free}", OnBuildFailure = OnBuildFailure.Continue });
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
            Assert.That(Of(result, "razer").Problem!.Code, Is.EqualTo("ND0304"));
            Assert.That(Of(result, "razer").Problem!.Message, Does.Contain("nosuchthing"));
            Assert.That(Of(result, Free).Status, Is.EqualTo(HostStatus.Deployed));
        });
    }

    [Test]
    public async Task What_is_no_system_is_refused_before_the_host_is_touched()
    {
        await File.WriteAllTextAsync(InState("note"), "no system", Ct);
        var path = (await Support.Tool.RunAsync("nix-store", ["--add", InState("note")], Ct)).Trim();
        var host = Lab[Free];
        var target = new JObject
        {
            ["host"] = host.Address,
            ["identity-file"] = host.IdentityFile,
            ["known-hosts"] = host.KnownHosts,
        };
        var fleet = new JObject { ["hosts"] = new JObject { [Free] = new JObject { ["toplevel"] = path, ["target"] = target } } };
        await File.WriteAllTextAsync(InState("fleet.json"), fleet.ToString(), Ct);

        var result = await DeployAsync(fleet: InState("fleet.json"));

        Assert.Multiple(async () =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
            Assert.That(Of(result, Free).Problem!.Code, Is.EqualTo("ND0614"));
            Assert.That((Of(result, Free).Connections, Of(result, Free).Commands), Is.EqualTo((1, 1)));
            Assert.That(await host.GenerationAsync(Ct), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task A_host_goes_back_by_itself_when_its_controller_is_gone()
    {
        await Lab.ChangeAsync(Free, s => s with { Version = "left", Deployment = s.Deployment with { HealthWindow = 600 } }, Ct);
        var factory = await Lab[Free].CurrentSystemAsync(Ct);
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanAsync(new DeploymentRequest { Hosts = Free }, Ct);
        var hasty = plan with { Hosts = [.. plan.Hosts.Select(h => h with { Guard = TimeSpan.FromSeconds(20) })] };
        var run = await coordinator.StartAsync(hasty, Ct);
        await foreach (var happened in run.EventsAsync(0, Ct))
        {
            if (happened.Event is HostActivated)
            {
                run.Detach();
            }
        }

        var result = await run.Completion;
        Assert.That(Of(result, Free).Status, Is.EqualTo(HostStatus.Unknown));
        await Lab[Free].ReadAsync("for i in $(seq 300); do [ -e /nix/var/nixdeploy/txn/done ] && exit 0; sleep 0.2; done; exit 1", Ct);
        Assert.That(await Lab[Free].CurrentSystemAsync(Ct), Is.EqualTo(factory));
        await using var afterwards = Coordinator();
        var status = await afterwards.StatusAsync(Free, Ct);
        Assert.That(status.Hosts.Single().Inspection.State!.Transaction!.Phase, Is.EqualTo(HostProtocol.TransactionPhase.RolledBack));
        Assert.That(await File.ReadAllTextAsync(result.Folder.Report, Ct), Does.Contain("was rolled back by its guard at"), "recorded later");
    }

    [Test]
    public async Task A_host_that_was_left_in_the_middle_and_without_a_guard_is_not_taken_for_unchanged()
    {
        var host = Lab[Free];
        await DeployAsync(new DeploymentRequest { Hosts = Free });
        var before = (System: await host.CurrentSystemAsync(Ct), Generation: await host.GenerationAsync(Ct), Version: (await Lab.ReadSystemAsync(Free, Ct)).Version);
        await Lab.ChangeAsync(Free, s => s with { Version = "left" }, Ct);
        host.Hold("activating");
        await using var coordinator = Coordinator();
        var run = await coordinator.StartAsync(await coordinator.PlanAsync(new DeploymentRequest { Hosts = Free }, Ct), Ct);
        await host.WaitUntilHeldAsync("activating", Ct);
        await host.ReadAsync("systemctl stop nixdeploy-guard nixdeploy-activation; systemctl stop systemd-exporter", Ct);
        host.Release("activating");
        run.Detach();
        await run.Completion;
        await Lab.ChangeAsync(Free, s => s with { Version = before.Version }, Ct);

        // The run is known to be dead here, so its lock is taken over.
        var again = await DeployAsync(new DeploymentRequest { Hosts = Free });

        Assert.Multiple(async () =>
        {
            Assert.That(Of(again, Free).Status, Is.EqualTo(HostStatus.Deployed), Of(again, Free).Problem?.ToString());
            Assert.That((await host.CurrentSystemAsync(Ct), await host.GenerationAsync(Ct)), Is.EqualTo((before.System, before.Generation)));
            Assert.That(await host.ReadAsync("systemctl is-active systemd-exporter", Ct), Is.EqualTo("active"));
        });
    }

    /// <summary>A host that depends on no other.</summary>
    private const string Free = "host6";

    /// <summary>A host, one that depends on it, and one that does not.</summary>
    private const string Three = $"p620,razer,{Free}";
}
