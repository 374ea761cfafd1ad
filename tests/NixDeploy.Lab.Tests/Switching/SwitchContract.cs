using System.Collections.Immutable;

namespace NixDeploy.Labs.Tests.Switching;

/// <summary>
/// What a deployer relies on in NixOS's own switch-to-configuration. The lab's stand-in is held to it, and so is NixOS's script where a
/// file with it is given.
/// </summary>
public abstract class SwitchContract : LabTest
{
    protected const string Lock = "/run/nixos/switch-to-configuration.lock";

    protected LabHost Host { get; private set; } = null!;

    protected string Factory { get; private set; } = "";

    [SetUp]
    public async Task A_fresh_host()
    {
        Host = Lab["p510"];
        await Host.ResetAsync(Ct);
        Factory = await Host.CurrentSystemAsync(Ct);
    }

    [Test]
    public async Task A_dry_run_tells_a_restart_as_a_stop_and_a_start_and_does_nothing()
    {
        var system = await PrepareAsync(Host, s => Without(s with { Version = "dry" }, "systemd-exporter").WithUnit("new", "exec sleep infinity"));

        var answer = await Host.SwitchAsync(system, "dry-activate", Ct);

        Assert.That(Lines(answer), Is.EqualTo(new[]
        {
            "would stop the following units: node-exporter.service, systemd-exporter.service",
            "would activate the configuration...",
            "would start the following units: node-exporter.service",
        }));
        Assert.That(answer.ExitCode, Is.Zero);
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(Factory));
        Assert.That(await Host.ReadAsync("systemctl is-active node-exporter systemd-exporter", Ct), Is.EqualTo("active\nactive"));
    }

    [Test]
    public async Task A_switch_stops_activates_starts_and_names_what_is_new()
    {
        var system = await PrepareAsync(Host, s => Without(s with { Version = "7" }, "systemd-exporter").WithUnit("new", "exec sleep infinity"));

        var switched = await Host.SwitchAsync(system, "switch", Ct);

        Assert.That(switched.ExitCode, Is.Zero, switched.Error);
        Assert.That(Lines(switched), Is.SupersetOf(new[]
        {
            "stopping the following units: node-exporter.service, systemd-exporter.service",
            "activating the configuration...",
            "starting the following units: node-exporter.service",
        }));
        Assert.That(Lines(switched), Has.Some.Match("^the following new units were started: .*new.service"));
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(system));
        Assert.That(await Host.BootDefaultAsync(Ct), Is.EqualTo(system));
        Assert.That(await Host.ReadAsync("systemctl show -P Description node-exporter; systemctl is-active new", Ct), Is.EqualTo("node-exporter, version 7\nactive"));
        Assert.That(await Host.ReadAsync("systemctl show -P LoadState systemd-exporter", Ct), Is.EqualTo("not-found"));
    }

    [Test]
    public async Task What_is_done_to_a_changed_unit_follows_from_its_own_lines()
    {
        var before = await PrepareAsync(Host, s => Kinds(s with { Version = "1" }, "one"));
        Assert.That((await Host.SwitchAsync(before, "test", Ct)) is { ExitCode: 0 });
        var ids = await InvocationsAsync();
        var after = await PrepareAsync(Host, s => Kinds(s with { Version = "1" }, "two"));

        var dry = await Host.SwitchAsync(after, "dry-activate", Ct);
        Assert.That(Lines(dry), Is.EqualTo(new[]
        {
            "would stop the following units: changed.service, elsewhere.service",
            "would NOT stop the following changed units: kept.service",
            "would activate the configuration...",
            "would reload the following units: reloaded.service, triggered.service",
            "would restart the following units: quick.service, ticking.timer",
            "would start the following units: changed.service, elsewhere.service",
        }));

        var switched = await Host.SwitchAsync(after, "test", Ct);
        Assert.That(switched.ExitCode, Is.Zero, switched.Error);
        Assert.That(Lines(switched), Is.SupersetOf(new[]
        {
            "stopping the following units: changed.service, elsewhere.service",
            "NOT restarting the following changed units: kept.service",
            "reloading the following units: reloaded.service, triggered.service",
            "restarting the following units: quick.service, ticking.timer",
            "starting the following units: changed.service, elsewhere.service",
        }));
        var now = await InvocationsAsync();
        Assert.That(ids.Keys.Where(unit => now[unit] != ids[unit]), Is.EqualTo(new[] { "changed", "elsewhere", "quick" }));
        Assert.That(await Host.ReadAsync("cat /run/reloaded-reloaded /run/reloaded-triggered", Ct), Is.EqualTo("two\ntwo"));
        Assert.That(await Host.ReadAsync("systemctl is-active left", Ct), Is.EqualTo("active"), "X-StopOnRemoval=false");
        Assert.That(await Host.ReadAsync("systemctl show -P Description described", Ct), Is.EqualTo("two"));
    }

    [Test]
    public async Task A_unit_that_fails_is_answered_with_4_and_named()
    {
        var system = await PrepareAsync(Host, s => (s with { Version = "bad" }).WithUnit("broken", new LabUnit { Type = "oneshot", Exec = "echo it broke; exit 3" }));

        var answer = await Host.SwitchAsync(system, "test", Ct);

        Assert.That(answer.ExitCode, Is.EqualTo(4));
        Assert.That(Lines(answer), Has.Member("warning: the following units failed: broken.service"));
        Assert.That(answer.Output + answer.Error, Does.Contain("it broke"));
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(system));
        Assert.That((await Host.SwitchAsync(Factory, "test", Ct)).ExitCode, Is.Zero, "a rollback resets failed units");
    }

    [Test]
    public async Task A_reload_that_fails_is_answered_with_4_although_no_unit_failed()
    {
        LabUnit Reloading(string text) => new() { Version = "1", Exec = "exec sleep infinity", Reload = $"echo {text}; exit 1" };
        var before = await PrepareAsync(Host, s => s.WithUnit("app", Reloading("one")));
        Assert.That((await Host.SwitchAsync(before, "test", Ct)).ExitCode, Is.Zero);
        var after = await PrepareAsync(Host, s => s.WithUnit("app", Reloading("two")));

        var answer = await Host.SwitchAsync(after, "test", Ct);

        Assert.That(answer.ExitCode, Is.EqualTo(4));
        Assert.That(answer.Error, Does.Contain("reloading the following units: app.service").And.Not.Contain("units failed"));
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(after));
    }

    [Test]
    public async Task An_activation_that_fails_is_answered_with_2_and_the_rest_is_done()
    {
        var system = await PrepareAsync(Host, s => s with { Version = "snippet", Faults = new LabFaults { Activation = "echo snippet says no >&2; exit 9" } });

        var answer = await Host.SwitchAsync(system, "test", Ct);

        Assert.That(answer.ExitCode, Is.EqualTo(2));
        Assert.That(answer.Error, Does.Contain("snippet says no"));
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(system));
        Assert.That(await Host.ReadAsync("systemctl show -P Description node-exporter", Ct), Is.EqualTo("node-exporter, version snippet"));
    }

    [Test]
    public async Task A_boot_loader_that_cannot_be_installed_is_answered_with_1_before_anything_is_done()
    {
        var system = await PrepareAsync(Host, s => s with { Version = "loader", Faults = new LabFaults { AnswerBoot = 1 } });

        Assert.That((await Host.SwitchAsync(system, "boot", Ct)).ExitCode, Is.EqualTo(1));
        Assert.That((await Host.SwitchAsync(system, "switch", Ct)).ExitCode, Is.EqualTo(1));
        Assert.That((await Host.CurrentSystemAsync(Ct), await Host.BootDefaultAsync(Ct)), Is.EqualTo((Factory, Factory)));
    }

    [Test]
    public async Task A_system_with_another_interface_of_init_is_answered_with_100_and_is_the_boot_default_all_the_same()
    {
        var system = await PrepareAsync(Host, s => s with { Version = "init", Faults = new LabFaults { Answer = 100 } });

        Assert.That((await Host.SwitchAsync(system, "switch", Ct)).ExitCode, Is.EqualTo(100));
        Assert.That((await Host.CurrentSystemAsync(Ct), await Host.BootDefaultAsync(Ct)), Is.EqualTo((Factory, system)));
    }

    [Test]
    public async Task It_waits_for_the_lock_for_as_long_as_somebody_holds_it()
    {
        var system = await PrepareAsync(Host, s => s with { Version = "waits" });
        await Host.ReadAsync($"mkdir -p /run/nixos; systemd-run --unit=holder --setenv=PATH=$PATH flock {Lock} sleep infinity; until ! flock -n {Lock} true; do sleep 0.05; done", Ct);
        await Host.ReadAsync($"systemd-run --unit=waiter -p Type=exec --setenv=PATH=$PATH {system}/bin/switch-to-configuration test", Ct);
        await Host.ReadAsync($"until [ \"$(ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c {Lock})\" -ge 2 ]; do sleep 0.05; done; sleep 1; systemctl is-active waiter", Ct);
        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(Factory));

        await Host.ReadAsync("systemctl stop holder; while systemctl is-active --quiet waiter; do sleep 0.05; done", Ct);

        Assert.That(await Host.CurrentSystemAsync(Ct), Is.EqualTo(system));
    }

    [Test]
    public async Task An_action_that_it_does_not_know_is_answered_with_its_usage()
    {
        var answer = await Host.SwitchAsync(Factory, "check", Ct);

        Assert.That((answer.ExitCode, answer.Error), Is.EqualTo((1, answer.Error)));
        Assert.That(answer.Error, Does.StartWith("Usage: "));
    }

    protected static IEnumerable<string> Lines(CommandOutput said) => said.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    protected static LabSystem Without(LabSystem system, string unit) => system with { Units = system.Units.Remove(unit) };

    private static readonly string[] KindNames = ["changed", "described", "elsewhere", "kept", "left", "quick", "reloaded", "triggered"];

    /// <summary>Units of every kind, all of which differ between two texts.</summary>
    private static LabSystem Kinds(LabSystem system, string text)
    {
        LabUnit unit = new() { Version = "1", Exec = "exec sleep infinity" };
        LabUnit changed = unit with { Exec = $"echo {text}; exec sleep infinity" };
        var units = ImmutableSortedDictionary<string, LabUnit>.Empty
            .Add("changed", changed)
            .Add("described", unit with { Description = text })
            .Add("elsewhere", changed with { Unit = LabUnit.Lines(("X-ReloadIfChanged", "true"), ("X-RestartIfChanged", "false")) })
            .Add("kept", changed with { Service = LabUnit.Lines(("X-RestartIfChanged", "false")) })
            .Add("quick", changed with { Service = LabUnit.Lines(("X-StopIfChanged", "false")) })
            .Add("reloaded", changed with { Reload = $"echo {text} >/run/reloaded-reloaded" })
            .Add("triggered", unit with { Reload = "echo two >/run/reloaded-triggered", Unit = LabUnit.Lines(("X-Reload-Triggers", text)) })
            .Add("ticking.timer", new LabUnit { Text = $"[Timer]\nOnActiveSec=1d\nRandomizedDelaySec={text.Length + (text == "two" ? 1 : 0)}\nUnit=changed.service\n" });
        return system with { Units = text == "one" ? units.Add("left", unit with { Unit = LabUnit.Lines(("X-StopOnRemoval", "false")) }) : units };
    }

    private async Task<Dictionary<string, string>> InvocationsAsync()
    {
        var ids = await Host.ReadAsync($"for unit in {string.Join(' ', KindNames)}; do echo \"$unit $(systemctl show -P InvocationID $unit)\"; done", Ct);
        return ids.Split('\n').Select(line => line.Split(' ')).ToDictionary(pair => pair[0], pair => pair[1]);
    }
}
