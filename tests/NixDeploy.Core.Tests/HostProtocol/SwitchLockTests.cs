using System.Runtime.Versioning;
using NixDeploy.HostProtocol;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>Another process holds the lock of switch-to-configuration, which NixOS's own of Perl awaits without a word.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class SwitchLockTests(params string[] shell) : ScriptHostFixture(shell)
{
    private const string AwaitsLock = """flock "$root/run/nixos/switch-to-configuration.lock" true""";

    [Test]
    public async Task A_lock_that_is_held_all_along_ends_as_busy_and_its_holder_is_named()
    {
        using var held = await Host.LockSwitchAsync();
        var answer = await Host.ActivateAsync(guard: 8);

        await AssertNothingAsync(answer);
        Assert.That(Host.Actions, Is.Empty, "a step that would wait is not begun");
    }

    [TestCase("expired")]
    [TestCase("restore")]
    public async Task A_lock_that_is_taken_just_before_the_step_ends_as_busy_too(string verdict)
    {
        Host.Meanwhile("test new", $"touch \"$root/asked\"; while [ ! -e \"$root/free\" ]; do sleep 0.1; done; {AwaitsLock}");
        var activating = Host.ActivateAsync(guard: verdict == "expired" ? 12 : 120);
        while (!File.Exists(Host.InRoot("asked")))
        {
            await Task.Delay(50);
        }

        using var held = await Host.LockSwitchAsync();
        await File.WriteAllTextAsync(Host.InRoot("free"), "");
        if (verdict == "restore")
        {
            await Host.VerdictAsync("restore");
        }

        await activating;
        await Host.UntilQuietAsync();

        var shown = await Host.InspectAsync();
        Assert.That(ScriptHost.Standing(shown), Is.EqualTo(verdict == "restore" ? "restored verdict" : "restored not-activated"));
        Assert.That(Host.Actions, Is.EqualTo(new[] { "test new" }), "the old system was not activated: it runs");
        Assert.That(Host.Told, Is.Empty);
        Assert.That(Stands, Is.EqualTo((Host.Old, Host.Old, Host.Old)));
    }

    [Test]
    public async Task A_lock_that_is_released_in_time_is_waited_for()
    {
        var held = await Host.LockSwitchAsync();
        var activating = Host.ActivateAsync(guard: 60);
        await Task.WhenAny(activating, Task.Delay(TimeSpan.FromSeconds(3)));
        Assert.That(activating.IsCompleted, Is.False);
        held.Dispose();

        Assert.That((await activating).Find("outcome", 2), Is.EqualTo(new[] { "activated", "0" }));
        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo("committed verdict"));
    }

    [Test]
    public async Task A_plain_switch_that_finds_it_held_changes_nothing()
    {
        Host.Answer("switch new", 11);
        await Host.ActivateNowAsync(guard: null, mode: "switch", wait: 1);
        Assert.That(Host.Generations, Is.EqualTo("1 old, 2 new"));
    }

    [Test]
    public async Task A_system_on_trial_is_rolled_back_once_the_lock_is_free()
    {
        await Host.ActivateAsync();
        var held = await Host.LockSwitchAsync();
        var waiting = await Host.VerdictAsync("restore", wait: 2);
        Assert.That(ScriptHost.Standing(waiting), Is.EqualTo("restoring verdict"));
        held.Dispose();

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("restore")), Is.EqualTo("restored verdict"));
        Assert.That(Host.Current, Is.EqualTo(Host.Old));
    }

    [Test]
    public async Task What_its_holder_activated_meanwhile_is_neither_tried_over_nor_rolled_back()
    {
        var held = await Host.LockSwitchAsync();
        var activating = Host.ActivateAsync(guard: 60);
        await Task.WhenAny(activating, Task.Delay(TimeSpan.FromSeconds(2)));
        await Host.AdminAsync("""nix-env -p "$profile" --set "$root/systems/third"; "$root/systems/third/bin/switch-to-configuration" switch""");
        held.Dispose();
        await activating;
        await Host.UntilQuietAsync();

        Assert.That(await Host.StandingAsync(), Is.EqualTo("restore-failed moved-on"));
        Assert.That(Host.Actions, Is.EqualTo(new[] { "switch third" }));
        Assert.That((Host.Generations, Stands), Is.EqualTo(("1 old, 2 third", (Host.Third, Host.Third, Host.Third))));
    }

    private async Task AssertNothingAsync(HostAnswer answer)
    {
        await Host.UntilQuietAsync();
        Assert.That(answer.Find("outcome", 1)?[0], Is.EqualTo("busy"));
        var shown = await Host.InspectAsync();
        Assert.That(ScriptHost.Standing(shown), Is.EqualTo("restored not-activated"));
        Assert.That(shown.Find("busy", 2)?[1], Does.Contain("sleep").Or.Contain("flock"));
        Assert.That(Host.Told, Is.Empty, "no reboot");
        Assert.That(Stands, Is.EqualTo((Host.Old, Host.Old, Host.Old)));
    }
}
