using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>The host's own scripts, from the lock to the end of a transaction, where something does not go; in each shell that a host may have.</summary>
[TestFixtureSource(typeof(ShellScriptsTests), nameof(ShellScriptsTests.DistinctShells))]
[Parallelizable(ParallelScope.Self)]
[UnsupportedOSPlatform("windows")]
internal sealed class ScriptHostTests(params string[] shell)
{
    private ScriptHost host = null!;

    [SetUp]
    public async Task A_host_whose_lock_is_ours()
    {
        host = new ScriptHost(shell);
        await host.PrepareAsync();
    }

    [TearDown]
    public void Remove() => host.Dispose();

    [TestCase("LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=2\nInvocationID=7f3a\n", "loaded active running 2 7f3a")]
    [TestCase("LoadState=loaded\nActiveState=active\nSubState=mounted\nInvocationID=\n", "loaded active mounted 0 ")]
    [TestCase("", "not-found inactive dead 0 ")]
    public async Task A_unit_is_told_as_systemd_has_it(string says, string told)
    {
        var unit = await host.UnitAsync("web.service", says);

        Assert.That($"{unit.Load} {unit.Active} {unit.Sub} {unit.Restarts} {unit.Invocation}", Is.EqualTo(told));
    }

    [Test]
    public async Task A_trial_is_committed()
    {
        var tried = await host.ActivateAsync();
        var committed = await host.VerdictAsync("commit");

        Assert.Multiple(() =>
        {
            Assert.That(tried.Find("outcome", 2), Is.EqualTo(new[] { "activated", "0" }));
            Assert.That(ScriptHost.Standing(committed), Is.EqualTo("committed verdict"));
            Assert.That((host.Current, host.ProfileSystem, host.BootDefault), Is.EqualTo((host.New, host.New, host.New)));
            Assert.That(host.Actions, Is.EqualTo(new[] { "test new", "boot new" }));
        });
    }

    [Test]
    public async Task A_trial_is_rolled_back()
    {
        await host.ActivateAsync();
        var restored = await host.VerdictAsync("restore");

        Assert.That(ScriptHost.Standing(restored), Is.EqualTo("restored verdict"));
        Assert.That((host.Current, host.ProfileSystem, host.BootDefault), Is.EqualTo((host.Old, host.Old, host.Old)));
    }

    [Test]
    public async Task A_commit_that_cannot_note_its_boot_default_is_finished()
    {
        await host.ActivateAsync();
        host.Obstruct("state/txn/booted");

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit")), Is.EqualTo("committed verdict"));
    }

    [Test]
    public async Task The_last_resort_needs_no_disk()
    {
        await host.ActivateAsync();
        host.Obstruct("state/txn/rebooting");
        host.Answer("test old", 1);
        await host.VerdictAsync("restore", wait: 1);
        await host.UntilQuietAsync();

        Assert.That(host.Told, Does.Contain("reboot --force"));
    }

    [Test]
    public async Task A_boot_loader_that_does_not_take_the_new_system_gets_the_old_one_again()
    {
        await host.ActivateAsync();
        FailHalfWay("boot new");

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit")), Is.EqualTo("restored boot-failed"));
        Assert.That((host.Current, host.ProfileSystem, host.BootDefault), Is.EqualTo((host.Old, host.Old, host.Old)));
    }

    [Test]
    public async Task A_boot_default_that_may_be_the_new_system_is_not_told_as_restored()
    {
        await host.ActivateAsync();
        FailHalfWay("boot new");
        host.Answer("boot old", 1);

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit")), Is.EqualTo("restore-failed boot-default"));
        Assert.That((host.Current, host.ProfileSystem), Is.EqualTo((host.Old, host.Old)), "the rest is rolled back all the same");
    }

    [Test]
    public async Task A_host_whose_boot_default_may_be_the_new_system_is_not_rebooted()
    {
        await host.ActivateAsync();
        FailHalfWay("boot new");
        host.Answer("boot old", 1);
        host.Answer("test old", 1);

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit")), Is.EqualTo("restore-failed old-system"));
        Assert.That(host.Told, Is.Empty);
    }

    [Test]
    public async Task A_profile_that_cannot_be_set_back_is_told_and_does_not_keep_the_boot_default_new()
    {
        await host.ActivateAsync();
        FailHalfWay("boot new");
        host.Answer("switch-generation", 1);

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit")), Is.EqualTo("restore-failed profile"));
        Assert.That((host.Current, host.ProfileSystem, host.BootDefault), Is.EqualTo((host.Old, host.New, host.Old)));
    }

    [TestCase(false, "restored not-activated")]
    [TestCase(true, "restore-failed boot-default")]
    public async Task A_plain_switch_that_fails_is_rolled_back_or_reported(bool fails, string standing)
    {
        FailHalfWay("switch new");
        if (fails)
        {
            host.Answer("boot old", 1);
        }

        Assert.That(ScriptHost.Standing(await host.ActivateAsync(guard: null)), Is.EqualTo(standing).Or.EqualTo("trying"));
        await host.UntilQuietAsync();
        Assert.That(await host.StandingAsync(), Is.EqualTo(standing));
        Assert.That((host.Current, host.ProfileSystem), Is.EqualTo((host.Old, host.Old)));
    }

    [TestCase("before the profile is set", "reverted-by-reboot reboot", "reverted-by-reboot reboot")]
    [TestCase("before the boot loader is installed", "half-committed reboot", "committed verdict")]
    [TestCase("after it", "committed no-guard", "committed no-guard")]
    public async Task A_plain_switch_whose_power_is_cut_stands_as_the_host_boots(string moment, string standing, string resumed)
    {
        host.Hang(moment == "before the profile is set" ? "set" : "switch new", moment == "after it" ? NewBootDefault : "");
        await host.ActivateAsync(guard: null, wait: 1);
        await host.CutPowerAsync();

        Assert.That(await host.StandingAsync(), Is.EqualTo(standing));
        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit")), Is.EqualTo(resumed));
        var system = resumed.StartsWith("committed", StringComparison.Ordinal) ? host.New : host.Old;
        Assert.That((host.Current, host.ProfileSystem, host.BootDefault), Is.EqualTo((system, system, system)));
    }

    [TestCase("switch")]
    [TestCase("boot")]
    public async Task A_half_commit_is_finished_by_a_commit_and_activated_unless_the_mode_is_boot(string mode)
    {
        await HalfCommitAsync(mode);

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit")), Is.EqualTo("committed verdict"));
        Assert.That((host.ProfileSystem, host.BootDefault), Is.EqualTo((host.New, host.New)));
        Assert.That(host.Current, Is.EqualTo(mode == "boot" ? host.Old : host.New));
    }

    [TestCase("switch")]
    [TestCase("boot")]
    public async Task A_half_commit_is_rolled_back_by_a_restore(string mode)
    {
        await HalfCommitAsync(mode);

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("restore")), Is.EqualTo("restored verdict"));
        Assert.That((host.Current, host.ProfileSystem, host.BootDefault), Is.EqualTo((host.Old, host.Old, host.Old)));
        Assert.That(host.Actions, Has.None.EqualTo("switch new"));
        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit")), Is.EqualTo("restored verdict"), "who comes second changes nothing");
    }

    [Test]
    public async Task The_guards_time_begins_when_the_copied_system_is_on_the_disk()
    {
        host.Meanwhile("sync", """sleep 2; cut -d . -f 1 /proc/uptime >"$root/synced" """);
        await host.ActivateAsync(guard: 60);

        Assert.That(Seconds("state/txn/deadline"), Is.GreaterThanOrEqualTo(Seconds("synced") + 60));

        int Seconds(string file) => int.Parse(File.ReadAllText(host.InRoot(file)), CultureInfo.InvariantCulture);
    }

    [TestCase("commit")]
    [TestCase("keep")]
    [TestCase("restore")]
    public async Task A_verdict_that_the_deadline_overtakes_is_told_how_the_trial_ended(string verdict)
    {
        await host.ActivateAsync();
        host.Meanwhile("phase", """
            echo 0 >"$root/state/txn/deadline"
            while [ -e "$root/run/nixdeploy/lock" ]; do sleep 0.1; done
            """);
        var answer = await host.VerdictAsync(verdict);

        Assert.That(answer.Find("error", 1), Is.Null);
        Assert.That(ScriptHost.Standing(answer), Is.EqualTo("restored deadline"));
    }

    [Test]
    public async Task A_verdict_whose_lock_was_broken_before_the_trial_ended_is_refused()
    {
        await host.ActivateAsync();
        host.Meanwhile("phase", ForeignLock);
        var answer = await host.VerdictAsync("commit");

        Assert.That(answer.Find("error", 1), Is.EqualTo(new[] { "lock-lost" }));
    }

    [Test]
    public async Task A_slow_activation_begins_nothing_under_the_lock_of_another_run()
    {
        host.Meanwhile("validity", ForeignLock);
        var answer = await host.ActivateAsync();

        Assert.That(answer.Find("error", 1), Is.EqualTo(new[] { "lock-lost" }));
        Assert.That(answer.Find("lock", 1)?[0], Is.EqualTo("run-2"));
        Assert.That((host.Actions.Length, await host.StandingAsync()), Is.EqualTo((0, "none")));
    }

    [Test]
    public async Task A_slow_activation_leaves_the_record_of_another_run_as_it_is()
    {
        host.Meanwhile("sync", $$"""
            {{ForeignLock}}
            mkdir -p "$root/state/txn" "$root/run/nixdeploy/txn"
            printf 'run\trun-2\nfence\t9\nboot\t%s\n' "$(cat "$root/run/boot-id")" >"$root/state/txn/record"
            printf 'word\tactivated\ncode\t0\n' >"$root/run/nixdeploy/txn/outcome"
            """);
        var answer = await host.ActivateAsync();
        await host.UntilQuietAsync();

        Assert.That(answer.Find("error", 1), Is.EqualTo(new[] { "lock-lost" }));
        Assert.That(File.ReadAllLines(host.InRoot("state/txn/record"))[0], Is.EqualTo("run\trun-2"));
        Assert.That((host.Actions.Length, await host.StandingAsync()), Is.EqualTo((0, "waiting")));
    }

    [Test]
    public async Task What_is_installed_is_told_at_once_on_a_full_disk_too()
    {
        host.Meanwhile("boot new", "mkdir -p \"$root/state/txn/done.new\"");
        var begin = Stopwatch.GetTimestamp();
        var answer = await host.ActivateAsync(mode: "boot", guard: null, wait: 90);

        Assert.That(answer.Find("outcome", 2), Is.EqualTo(new[] { "installed", "0" }));
        Assert.That(Stopwatch.GetElapsedTime(begin), Is.LessThan(TimeSpan.FromSeconds(60)));
    }

    [TestCase("fe80::2%eth0", "route get fe80::2 dev eth0")]
    [TestCase("192.0.2.1", "route get 192.0.2.1")]
    public async Task A_client_of_any_address_is_looked_for(string client, string route)
    {
        using var port = new TcpListener(IPAddress.Loopback, 0);
        port.Start();
        host.Peer = string.Create(CultureInfo.InvariantCulture, $"{client} 50000 fe80::1%eth0 {((IPEndPoint)port.LocalEndpoint).Port}");
        await host.ActivateAsync();

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("restore")), Is.EqualTo("restored verdict"));
        Assert.That(await File.ReadAllLinesAsync(host.InRoot("routes")), Has.Some.EqualTo(route));
        Assert.That(host.Told, Is.Empty);
    }

    [Test]
    public async Task Whether_the_host_can_be_written_to_is_a_check_that_can_fail()
    {
        host.Obstruct("state/verify");
        var checks = (await host.VerifyRollbackAsync()).All("check").ToDictionary(f => f[0], f => f[1]);

        Assert.That((checks["writable"], checks["guard"]), Is.EqualTo(("no", "yes")));
    }

    private const string NewBootDefault = """ln -sfn "$root/systems/new" "$root/boot-default" """;

    /// <summary>The lock is broken, and another run has it.</summary>
    private const string ForeignLock =
        """printf 'run\trun-2\nfence\t9\ncontroller\tother:1\nsince\t1\nboot\t%s\n' "$(cat "$root/run/boot-id")" >"$root/run/nixdeploy/lock" """;

    /// <summary>The power goes after the profile was set, before the boot loader has changed.</summary>
    private async Task HalfCommitAsync(string mode)
    {
        host.Hang("boot new");
        await host.ActivateAsync(mode: mode, wait: mode == "boot" ? 1 : 30);
        if (mode != "boot")
        {
            await host.VerdictAsync("commit", wait: 1);
        }

        await host.CutPowerAsync();
        Assert.That(await host.StandingAsync(), Is.EqualTo("half-committed reboot"));
    }

    /// <summary>The boot loader's default changes, and then it fails.</summary>
    private void FailHalfWay(string action)
    {
        host.Meanwhile(action, NewBootDefault);
        host.Answer(action, 1);
    }
}
