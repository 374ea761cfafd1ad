using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Labs.Tests.Deployments;

/// <summary>Modes and reboots on a real host.</summary>
public sealed class ModeTests : DeploymentTest
{
    /// <summary>A host that depends on no other.</summary>
    private const string Name = "host6";

    private LabHost host = null!;
    private string factory = "";

    [SetUp]
    public async Task One_host_as_it_came_from_the_factory()
    {
        host = Lab[Name];
        factory = await host.CurrentSystemAsync(Ct);
    }

    [Test]
    public async Task What_is_deployed_for_the_next_boot_runs_from_then_on()
    {
        var target = await ChangeAsync(s => s);
        var result = await DeployAsync(Request(ActivationMode.Boot));

        Assert.That((result.ExitCode, Of(result, Name).Status, Of(result, Name).AtNextBoot), Is.EqualTo((0, HostStatus.Deployed, true)));
        await AssertAsync(runs: factory, boots: target, generation: 2);
        Assert.That(await File.ReadAllTextAsync(result.Folder.Report, Ct), Does.Contain("takes effect at the next boot"));
        Assert.That((await DeployAsync(Request(ActivationMode.Boot))).State.Hosts.Values.Single().Status, Is.EqualTo(HostStatus.Skipped), "it has been done");

        await host.RebootAsync(Ct);
        Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(target));
    }

    [Test]
    public async Task A_boot_default_that_cannot_be_made_leaves_the_old_one()
    {
        await ChangeAsync(s => s with { Faults = new LabFaults { AnswerBoot = 1 } });
        var result = await DeployAsync(Request(ActivationMode.Boot));

        Assert.That((result.ExitCode, Of(result, Name).Status, Of(result, Name).Problem!.Code), Is.EqualTo((ExitCodes.Failed, HostStatus.RolledBack, "ND0620")));
        Assert.That(Of(result, Name).Problem!.Message, Does.Contain("Failed to install bootloader"));
        await AssertAsync(runs: factory, boots: factory, generation: 1);
    }

    [Test]
    public async Task What_is_tested_runs_until_the_next_boot()
    {
        var target = await ChangeAsync(s => s);
        var result = await DeployAsync(Request(ActivationMode.Test));

        Assert.That((result.ExitCode, Of(result, Name).Status, Of(result, Name).UntilNextBoot), Is.EqualTo((0, HostStatus.Deployed, true)));
        await AssertAsync(runs: target, boots: factory, generation: 1);
        await host.ReadAsync("while systemctl is-active --quiet nixdeploy-guard; do sleep 0.1; done", Ct); // it is done, and ends

        await host.RebootAsync(Ct);
        Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(factory));
    }

    [Test]
    public async Task A_dry_activation_is_reported_and_changes_nothing()
    {
        await ChangeAsync(s => s);
        var result = await DeployAsync(Request(ActivationMode.DryActivate));

        Assert.That((result.ExitCode, Of(result, Name).Status), Is.EqualTo((0, HostStatus.DryActivated)));
        Assert.That(await File.ReadAllTextAsync(result.Folder.Report, Ct), Does.Contain("would restart node-exporter.service, systemd-exporter.service"));
        await AssertAsync(runs: factory, boots: factory, generation: 1);
        Assert.That((await host.ExecAsync("ls /run/nixdeploy/lock /nix/var/nix/gcroots/nixdeploy", Ct)).Succeeded, Is.False, "lock and roots are released");
    }

    [Test]
    public async Task A_host_with_a_new_kernel_is_rebooted_into_it_and_one_without_is_not()
    {
        var target = await ChangeAsync(s => s);
        var before = await host.BootIdAsync(Ct);
        var same = await DeployAsync(Request(ActivationMode.Switch, RebootPolicy.IfNeeded));
        Assert.That((same.ExitCode, await host.BootIdAsync(Ct)), Is.EqualTo((0, before)));

        target = await ChangeAsync(s => s with { Kernel = "6.13.0", Version = "kernel" });
        var result = await DeployAsync(Request(ActivationMode.Switch, RebootPolicy.IfNeeded));

        Assert.That((result.ExitCode, Of(result, Name).Status, Of(result, Name).RebootNeeded), Is.EqualTo((0, HostStatus.Deployed, false)));
        Assert.That(await host.BootIdAsync(Ct), Is.Not.EqualTo(before));
        Assert.That(await host.ReadAsync("readlink -f /run/booted-system", Ct), Is.EqualTo(target));
        await AssertAsync(runs: target, boots: target, generation: 3);
        Assert.That(Of(result, Name).Timeline.Select(t => t.Status), Does.Contain(HostStatus.Rebooting));
    }

    [Test]
    public async Task A_host_that_was_not_rebooted_is_told_of_and_rebooted_when_that_is_asked_later()
    {
        var target = await ChangeAsync(s => s with { Kernel = "6.13.0" });
        var deployed = await DeployAsync(Request(ActivationMode.Switch));
        Assert.That((deployed.ExitCode, Of(deployed, Name).RebootNeeded), Is.EqualTo((0, true)));

        await using (var coordinator = Coordinator())
        {
            Assert.That((await coordinator.StatusAsync(Name, Ct)).Hosts.Single().Inspection.State!.RebootNeeded, Is.True);
            Assert.That((await coordinator.PlanAsync(Request(ActivationMode.Switch), Ct)).Warnings, Has.Some.Contains("--reboot=if-needed"));
        }

        var before = await host.BootIdAsync(Ct);
        var result = await DeployAsync(Request(ActivationMode.Switch, RebootPolicy.IfNeeded));
        Assert.That((result.ExitCode, Of(result, Name).Status), Is.EqualTo((0, HostStatus.Deployed)));
        Assert.That(await host.BootIdAsync(Ct), Is.Not.EqualTo(before));
        await AssertAsync(runs: target, boots: target, generation: 2);
    }

    [Test]
    public async Task A_system_that_is_not_healthy_once_it_is_booted_gives_way_to_the_old_one()
    {
        await ChangeAsync(s => s.WithUnit(
            "node-exporter", "if [ \"$(readlink -f /run/booted-system)\" = \"$(readlink -f /run/current-system)\" ]; then echo not after a boot; exit 3; fi; exec sleep infinity"));
        var before = await host.BootIdAsync(Ct);
        var result = await DeployAsync(Request(ActivationMode.Switch, RebootPolicy.Always));

        Assert.That((result.ExitCode, Of(result, Name).Status), Is.EqualTo((ExitCodes.Failed, HostStatus.RolledBack)));
        Assert.That(Of(result, Name).Problem!.Message, Does.Contain("node-exporter"));
        Assert.That(await host.BootIdAsync(Ct), Is.Not.EqualTo(before));
        Assert.That(await host.ReadAsync("readlink -f /run/booted-system", Ct), Is.EqualTo(factory));
        await AssertAsync(runs: factory, boots: factory, generation: 1);
    }

    [TestCase(100)]
    [TestCase(1)]
    public async Task A_system_that_cannot_be_activated_in_a_running_host_is_booted_where_that_is_allowed(int answer)
    {
        var target = await ChangeAsync(s => s with { Faults = answer == 100 ? new LabFaults { Answer = 100 } : new LabFaults { Inhibited = true } });
        var told = await DeployAsync(Request(ActivationMode.Switch));
        Assert.That((told.ExitCode, Of(told, Name).Status), Is.EqualTo((ExitCodes.ManualInterventionRequired, HostStatus.NeedsReboot)));
        Assert.That(Of(told, Name).Problem!.Message, Does.Contain("--reboot=if-needed"));
        await AssertAsync(runs: factory, boots: factory, generation: 1);

        var result = await DeployAsync(Request(ActivationMode.Switch, RebootPolicy.IfNeeded));
        Assert.That((result.ExitCode, Of(result, Name).Status), Is.EqualTo((0, HostStatus.Deployed)));
        await AssertAsync(runs: target, boots: target, generation: 2);
    }

    [Test]
    public async Task A_reboot_that_systemd_refuses_is_told_at_once_and_the_host_runs_on()
    {
        var target = await ChangeAsync(s => s);
        await host.ReadAsync("systemctl mask --runtime reboot.target", Ct);
        var result = await DeployAsync(Request(ActivationMode.Switch, RebootPolicy.Always));

        Assert.That((result.ExitCode, Of(result, Name).Status, Of(result, Name).Problem!.Code), Is.EqualTo((ExitCodes.ManualInterventionRequired, HostStatus.NeedsReboot, "ND0424")));
        Assert.That(Of(result, Name).Problem!.Message, Does.Contain("Call to Reboot failed"));
        await AssertAsync(runs: target, boots: target, generation: 2);
    }

    [Test]
    public async Task Without_a_guard_a_system_with_a_failing_unit_stays_and_the_report_has_the_rollback_command()
    {
        var target = await ChangeAsync(s => s.WithUnit("node-exporter", "echo it broke; exit 3"));
        var result = await DeployAsync(Request(ActivationMode.Switch) with { AutoRollback = false });

        Assert.That((result.ExitCode, Of(result, Name).Status), Is.EqualTo((ExitCodes.ManualInterventionRequired, HostStatus.RollbackFailed)));
        Assert.That(Of(result, Name).Problem!.Message, Does.Contain("not guarded").And.Contain("node-exporter.service failed"));
        Assert.That(Of(result, Name).Problem!.Command, Does.Contain("--switch-generation 1"));
        await AssertAsync(runs: target, boots: target, generation: 2);
    }

    [Test]
    public async Task A_system_that_is_deployed_again_and_fails_stays_what_runs_and_no_generation_is_deleted()
    {
        var target = await ChangeAsync(s => s with
        {
            Deployment = s.Deployment with { HealthChecks = [new() { ["command"] = new Newtonsoft.Json.Linq.JArray("test", "!", "-e", "/run/broken"), ["timeout"] = 1 }] },
        });
        Assert.That((await DeployAsync(Request(ActivationMode.Switch))).ExitCode, Is.Zero);
        await host.ReadAsync("touch /run/broken; nix-env -p /nix/var/nix/profiles/system --switch-generation 1", Ct);

        var result = await DeployAsync(Request(ActivationMode.Switch));
        Assert.That((result.ExitCode, Of(result, Name).Status), Is.EqualTo((ExitCodes.Failed, HostStatus.RolledBack)));
        await AssertAsync(runs: target, boots: target, generation: 1);

        // This time it fails after the profile was set, and the boot loader's state is unknown afterwards.
        await host.ReadAsync("rm /run/broken", Ct);
        await host.SetFaultsAsync(new LabFaults { AnswerBoot = 1 }, Ct);
        var again = await DeployAsync(Request(ActivationMode.Switch));
        Assert.That((again.ExitCode, Of(again, Name).Status), Is.EqualTo((ExitCodes.ManualInterventionRequired, HostStatus.RollbackFailed)));
        Assert.That(Of(again, Name).Problem!.Message, Does.Contain("its boot default could not be set back"));
        Assert.That(Of(again, Name).Problem!.Command, Does.Contain("/nix/var/nix/profiles/system/bin/switch-to-configuration boot"));
        await AssertAsync(runs: target, boots: target, generation: 1);
        Assert.That(await host.ReadAsync("ls -d /nix/var/nix/profiles/system-*-link", Ct), Does.Contain("system-2-link"));
    }

    private static DeploymentRequest Request(ActivationMode mode, RebootPolicy? reboot = null) => new() { Hosts = Name, Mode = mode, Reboot = reboot };

    /// <summary>Changes the host's system in the fleet.</summary>
    /// <returns>The system that it is to run.</returns>
    private async Task<string> ChangeAsync(Func<LabSystem, LabSystem> change)
    {
        await Lab.ChangeAsync(Name, change, Ct);
        return await TargetOf(Name);
    }

    private async Task AssertAsync(string runs, string boots, int generation)
    {
        var (running, booting, number) = (await host.CurrentSystemAsync(Ct), await host.BootDefaultAsync(Ct), await host.GenerationAsync(Ct));
        Assert.That((running, booting, number), Is.EqualTo((runs, boots, generation)));
    }
}
