namespace NixDeploy.Labs.Tests.Switching;

/// <summary>The lab's own switch-to-configuration, with all that it can be told to do.</summary>
public sealed class StandInTests : SwitchContract
{
    [Test]
    public async Task A_system_copied_over_ssh_can_be_switched_to()
    {
        await ChangeAsync("p510", s => s with { Version = "7" });
        var system = (await Lab.BuildAsync(["p510"], Ct))[0];
        var copied = await Support.Tool.TryAsync(
            "sh", ["-c", "path=$1; shift; nix-store --export $(nix-store -qR $path) | ssh \"$@\" nix-store --import", "sh", system, .. Host.SshArguments()], Ct);
        Assert.That(copied.Succeeded, copied.Error);

        Assert.That((await Host.SwitchAsync(system, "switch", Ct)).ExitCode, Is.Zero);
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(system));
    }

    [Test]
    public async Task What_is_only_tried_is_gone_after_a_power_cut()
    {
        var system = await PrepareAsync(Host, s => s with { Version = "tried" });
        Assert.That((await Host.SwitchAsync(system, "test", Ct)).ExitCode, Is.Zero);
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(system));

        await Host.CutPowerAsync(Ct);
        await Host.PowerOnAsync(Ct);

        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(Factory));
        Assert.That(await Host.ReadAsync("systemctl show -P Description node-exporter", Ct), Is.EqualTo("node-exporter, version 0"));
    }

    [Test]
    public async Task What_was_made_the_boot_default_runs_after_a_reboot()
    {
        var system = await PrepareAsync(Host, s => s with { Version = "booted", Kernel = "6.13.0" });
        Assert.That((await Host.SwitchAsync(system, "boot", Ct)).ExitCode, Is.Zero);
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(Factory));

        await Host.RebootAsync(Ct);

        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(system));
        Assert.That(await Host.ReadAsync("readlink -f /run/booted-system/kernel", Ct), Does.EndWith("-linux-6.13.0/bzImage"));
        Assert.That(await Host.ReadAsync("systemctl show -P Description node-exporter", Ct), Is.EqualTo("node-exporter, version booted"));
    }

    [TestCase(1, false)]
    [TestCase(2, true)]
    [TestCase(3, true)]
    [TestCase(4, true)]
    [TestCase(11, false)]
    [TestCase(100, false)]
    public async Task It_answers_as_told_and_has_done_what_the_answer_means(int code, bool activates)
    {
        var system = await PrepareAsync(Host, s => s with { Version = "answer", Faults = new LabFaults { Answer = code } });

        Assert.That((await Host.SwitchAsync(system, "test", Ct)).ExitCode, Is.EqualTo(code));
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(activates ? system : Factory));
    }

    [TestCase(1)]
    [TestCase(11)]
    [TestCase(100)]
    public async Task It_ends_with_any_code_after_it_has_done_everything(int code)
    {
        var system = await PrepareAsync(Host, s => s with { Version = "after", Faults = new LabFaults { AnswerAfter = code } });

        Assert.That((await Host.SwitchAsync(system, "switch", Ct)).ExitCode, Is.EqualTo(code));
        Assert.That((await Host.CurrentSystemAsync(Ct), await Host.BootDefaultAsync(Ct)), Is.EqualTo((system, system)));
        Assert.That(await Host.ReadAsync("systemctl show -P Description node-exporter", Ct), Is.EqualTo("node-exporter, version after"));
    }

    [TestCase(false, 3, "active")]
    [TestCase(true, 1, "inactive")]
    public async Task A_systemd_that_does_not_reload_its_units_is_answered_by_each_script_in_its_way(bool newer, int code, string unit)
    {
        var system = await PrepareAsync(Host, s => s with { Version = "reload", NewerScript = newer, Faults = new LabFaults { DaemonReload = true } });

        Assert.That((await Host.SwitchAsync(system, "test", Ct)).ExitCode, Is.EqualTo(code));
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(system));
        Assert.That((await Host.ExecAsync("systemctl is-active node-exporter", Ct)).Text, Is.EqualTo(unit));
    }

    [Test]
    public async Task The_newer_one_does_not_wait_for_the_lock_and_checks_when_asked()
    {
        var system = await PrepareAsync(Host, s => s with { Version = "newer", NewerScript = true, Faults = new LabFaults { Checks = "[ ! -e /run/no ] || { echo \"$2 of $1: no\"; exit 7; }" } });

        Assert.That((await Host.ExecAsync($"mkdir -p /run/nixos; exec 3>{Lock}; flock 3; {system}/bin/switch-to-configuration test 3>&-", Ct)) is { ExitCode: 11 } busy
            && busy.Error.Contains("Could not acquire lock", StringComparison.Ordinal));
        Assert.That((await Host.SwitchAsync(system, "check", Ct)).ExitCode, Is.Zero);
        await Host.ReadAsync("touch /run/no", Ct);
        var no = await Host.SwitchAsync(system, "check", Ct);

        Assert.That((no.ExitCode, no.Output.Trim()), Is.EqualTo((1, $"check of {system}: no")));
        Assert.That(no.Error, Does.Contain("Pre-switch checks failed"));
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(Factory));
    }

    [Test]
    public async Task Failing_checks_end_every_action_before_it_does_anything_unless_they_are_left_out()
    {
        var system = await PrepareAsync(Host, s => s with { Version = "checked", Faults = new LabFaults { Checks = "exit 7" } });
        foreach (var action in new[] { "boot", "dry-activate", "test", "switch" })
        {
            Assert.That((await Host.SwitchAsync(system, action, Ct)).ExitCode, Is.EqualTo(1), action);
        }

        Assert.That((await Host.CurrentSystemAsync(Ct), await Host.BootDefaultAsync(Ct)), Is.EqualTo((Factory, Factory)));
        Assert.That((await Host.ExecAsync($"NIXOS_NO_CHECK=1 {system}/bin/switch-to-configuration switch", Ct)).ExitCode, Is.Zero);
        Assert.That((await Host.CurrentSystemAsync(Ct), await Host.BootDefaultAsync(Ct)), Is.EqualTo((system, system)));
    }

    [Test]
    public async Task Inhibited_it_refuses_and_half_way_it_leaves_units_stopped()
    {
        var inhibited = await PrepareAsync(Host, s => s with { Version = "inhibited", Faults = new LabFaults { Inhibited = true } });
        Assert.That((await Host.SwitchAsync(inhibited, "test", Ct)).ExitCode, Is.EqualTo(1));
        Assert.That(await Host.ReadAsync("systemctl is-active node-exporter", Ct), Is.EqualTo("active"));
        Assert.That((await Host.SwitchAsync(inhibited, "boot", Ct)).ExitCode, Is.Zero);

        var halfWay = await PrepareAsync(Host, s => s with { Version = "half", Faults = new LabFaults { HalfWay = true } });
        Assert.That((await Host.SwitchAsync(halfWay, "test", Ct)).ExitCode, Is.EqualTo(1));
        Assert.That((await Host.ExecAsync("systemctl is-active node-exporter", Ct)).Text, Is.EqualTo("inactive"));
        Assert.That((await Host.SwitchAsync(Factory, "test", Ct)).ExitCode, Is.Zero);
        Assert.That(await Host.ReadAsync("systemctl is-active node-exporter", Ct), Is.EqualTo("active"));
    }

    [Test]
    public async Task Faults_set_on_the_host_make_the_rollback_and_the_boot_loader_fail()
    {
        await Host.SetFaultsAsync(new LabFaults { AnswerBoot = 1, Activation = "echo no rollback >&2; exit 9" }, Ct);

        Assert.That((await Host.SwitchAsync(Factory, "test", Ct)) is { ExitCode: 2 } back && back.Error.Contains("no rollback", StringComparison.Ordinal));
        Assert.That((await Host.SwitchAsync(Factory, "boot", Ct)).ExitCode, Is.EqualTo(1));
        await Host.SetFaultsAsync(new LabFaults { Checks = "exit 7" }, Ct);
        Assert.That((await Host.SwitchAsync(Factory, "boot", Ct)).ExitCode, Is.EqualTo(1));
        Host.ClearFaults();
        Assert.That((await Host.SwitchAsync(Factory, "switch", Ct)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task It_can_hang_ignoring_signals_and_holds_the_lock_meanwhile()
    {
        var system = await PrepareAsync(Host, s => s with { Version = "hang", Faults = new LabFaults { Hang = true } });
        await Host.ReadAsync($"systemd-run --unit=hanging -p TimeoutStopSec=1 {system}/bin/switch-to-configuration test", Ct);
        await Host.ReadAsync("until journalctl -u hanging | grep -q 'activating the configuration'; do sleep 0.1; done; systemctl kill hanging", Ct);

        Assert.That((await Host.ExecAsync($"flock -n {Lock} true", Ct)).ExitCode, Is.EqualTo(1));
        Assert.That(await Host.ReadAsync("systemctl is-active hanging", Ct), Is.EqualTo("active"));
        await Host.ReadAsync("systemctl stop hanging", Ct);
        Assert.That((await Host.SwitchAsync(Factory, "test", Ct)).ExitCode, Is.Zero);
        Assert.That(await Host.ReadAsync("systemctl is-active node-exporter", Ct), Is.EqualTo("active"));
    }

    [Test]
    public async Task Units_that_the_activation_asks_for_are_restarted_and_reloaded()
    {
        var system = await PrepareAsync(Host, s => s with
        {
            Units = s.Units.SetItem("node-exporter", new LabUnit { Version = "0", Exec = "exec sleep infinity" })
                .SetItem("systemd-exporter", new LabUnit { Version = "0", Exec = "exec sleep infinity" }),
            Faults = new LabFaults { Activation = "echo node-exporter.service >/run/nixos/activation-restart-list" },
        });

        var answer = await Host.SwitchAsync(system, "test", Ct);

        Assert.That(answer.ExitCode, Is.Zero, answer.Error);
        Assert.That(Lines(answer), Has.Member("restarting the following units: node-exporter.service"));
        Assert.That((await Host.ExecAsync("cat /run/nixos/activation-restart-list", Ct)).Succeeded, Is.False);
    }
}
