namespace NixDeploy.Labs.Tests;

public sealed class SwitchTests : LabTest
{
    private static readonly string[] Actions = ["switch", "test", "boot"];

    private LabHost host = null!;
    private string factory = "";

    [SetUp]
    public async Task A_fresh_host()
    {
        host = Lab["p510"];
        await host.ResetAsync(Ct);
        factory = await host.CurrentSystemAsync(Ct);
    }

    [Test]
    public async Task A_system_copied_over_ssh_and_switched_to_runs_its_units_and_is_the_boot_default()
    {
        await ChangeAsync("p510", s => (s with { Version = "7", Units = s.Units.Remove("systemd-exporter") }).WithUnit("new", "exec sleep infinity"));
        var system = (await Lab.BuildAsync(["p510"], Ct))[0];
        var copied = await Support.Tool.TryAsync(
            "sh", ["-c", "path=$1; shift; nix-store --export $(nix-store -qR $path) | ssh \"$@\" nix-store --import", "sh", system, .. host.SshArguments()], Ct);
        Assert.That(copied.Succeeded, copied.Error);

        var switched = await host.SwitchAsync(system, "switch", Ct);

        Assert.That(switched.ExitCode, Is.Zero, switched.Error);
        Assert.That(switched.Error, Does.Contain("stopping the following units: node-exporter.service, systemd-exporter.service"));
        Assert.That(switched.Error, Does.Contain("starting the following units: new.service, node-exporter.service"));
        Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(system));
        Assert.That(await host.BootDefaultAsync(Ct), Is.EqualTo(system));
        Assert.That(await host.ReadAsync("systemctl show -P Description node-exporter; systemctl is-active new", Ct), Is.EqualTo("node-exporter, version 7\nactive"));
        Assert.That(await host.ReadAsync("systemctl show -P LoadState systemd-exporter", Ct), Is.EqualTo("not-found"));
    }

    [Test]
    public async Task What_is_only_tried_is_gone_after_a_power_cut()
    {
        var system = await PrepareAsync(host, s => s with { Version = "tried" });
        Assert.That((await host.SwitchAsync(system, "test", Ct)).ExitCode, Is.Zero);
        Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(system));

        await host.CutPowerAsync(Ct);
        await host.PowerOnAsync(Ct);

        Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(factory));
        Assert.That(await host.ReadAsync("systemctl show -P Description node-exporter", Ct), Is.EqualTo("node-exporter, version 0"));
    }

    [Test]
    public async Task What_was_made_the_boot_default_runs_after_a_reboot()
    {
        var system = await PrepareAsync(host, s => s with { Version = "booted", Kernel = "6.13.0" });
        Assert.That((await host.SwitchAsync(system, "boot", Ct)).ExitCode, Is.Zero);
        Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(factory));

        await host.RebootAsync(Ct);

        Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(system));
        Assert.That(await host.ReadAsync("readlink -f /run/booted-system/kernel", Ct), Does.EndWith("-linux-6.13.0/bzImage"));
    }

    [Test]
    public async Task A_unit_that_fails_is_answered_with_4_and_named()
    {
        var system = await PrepareAsync(host, s => (s with { Version = "bad" }).WithUnit("broken", "echo it broke; exit 3"));

        var answer = await host.SwitchAsync(system, "test", Ct);

        Assert.That(answer.ExitCode, Is.EqualTo(4));
        Assert.That(answer.Error, Does.Contain("warning: the following units failed: broken.service").And.Contain("it broke"));
        Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(system));
        Assert.That((await host.SwitchAsync(factory, "test", Ct)).ExitCode, Is.Zero, "a rollback resets failed units");
    }

    [TestCase(1, false)]
    [TestCase(2, true)]
    [TestCase(3, true)]
    [TestCase(4, true)]
    [TestCase(11, false)]
    [TestCase(100, false)]
    public async Task It_answers_as_told_and_has_done_what_the_answer_means(int code, bool activates)
    {
        var system = await PrepareAsync(host, s => s with { Version = "answer", Faults = new LabFaults { Answer = code } });

        Assert.That((await host.SwitchAsync(system, "test", Ct)).ExitCode, Is.EqualTo(code));
        Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(activates ? system : factory));
    }

    [Test]
    public async Task Inhibited_it_refuses_and_half_way_it_leaves_units_stopped()
    {
        var inhibited = await PrepareAsync(host, s => s with { Version = "inhibited", Faults = new LabFaults { Inhibited = true } });
        Assert.That((await host.SwitchAsync(inhibited, "test", Ct)).ExitCode, Is.EqualTo(1));
        Assert.That(await host.ReadAsync("systemctl is-active node-exporter", Ct), Is.EqualTo("active"));
        Assert.That((await host.SwitchAsync(inhibited, "boot", Ct)).ExitCode, Is.Zero);

        var halfWay = await PrepareAsync(host, s => s with { Version = "half", Faults = new LabFaults { HalfWay = true } });
        Assert.That((await host.SwitchAsync(halfWay, "test", Ct)).ExitCode, Is.EqualTo(1));
        Assert.That((await host.ExecAsync("systemctl is-active node-exporter", Ct)).Text, Is.EqualTo("inactive"));
        Assert.That((await host.SwitchAsync(factory, "test", Ct)).ExitCode, Is.Zero);
        Assert.That(await host.ReadAsync("systemctl is-active node-exporter", Ct), Is.EqualTo("active"));
    }

    [Test]
    public async Task Faults_set_on_the_host_make_the_rollback_and_the_boot_loader_fail()
    {
        await host.SetFaultsAsync(new LabFaults { AnswerBoot = 1, Activation = "echo no rollback >&2; exit 9" }, Ct);

        Assert.That((await host.SwitchAsync(factory, "test", Ct)) is { ExitCode: 2 } back && back.Error.Contains("no rollback", StringComparison.Ordinal));
        Assert.That((await host.SwitchAsync(factory, "boot", Ct)).ExitCode, Is.EqualTo(1));
        host.ClearFaults();
        Assert.That((await host.SwitchAsync(factory, "switch", Ct)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task It_can_hang_ignoring_signals_and_holds_the_lock_meanwhile()
    {
        var system = await PrepareAsync(host, s => s with { Version = "hang", Faults = new LabFaults { Hang = true } });
        await host.ReadAsync($"systemd-run --unit=hanging -p TimeoutStopSec=1 {system}/bin/switch-to-configuration test", Ct);
        await host.ReadAsync("until journalctl -u hanging | grep -q 'activating the configuration'; do sleep 0.1; done; systemctl kill hanging", Ct);

        foreach (var action in Actions)
        {
            Assert.That((await host.SwitchAsync(factory, action, Ct)).ExitCode, Is.EqualTo(11));
        }

        Assert.That(await host.ReadAsync("systemctl is-active hanging", Ct), Is.EqualTo("active"));
        await host.ReadAsync("systemctl stop hanging", Ct);
        Assert.That((await host.SwitchAsync(factory, "test", Ct)).ExitCode, Is.Zero);
        Assert.That(await host.ReadAsync("systemctl is-active node-exporter", Ct), Is.EqualTo("active"));
    }

    [Test]
    public async Task A_dry_run_says_what_would_happen_and_does_nothing()
    {
        var system = await PrepareAsync(host, s => (s with { Version = "dry", Units = s.Units.Remove("systemd-exporter") }).WithUnit("new", "exec sleep infinity"));

        var answer = await host.SwitchAsync(system, "dry-activate", Ct);

        Assert.That(answer.Error, Is.EqualTo(
            """
            would stop the following units: systemd-exporter.service
            would activate the configuration...
            would restart the following units: node-exporter.service
            would start the following units: new.service

            """));
        Assert.That(await host.CurrentSystemAsync(Ct), Is.EqualTo(factory));
    }
}
