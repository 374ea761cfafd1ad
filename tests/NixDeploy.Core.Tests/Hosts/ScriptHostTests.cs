namespace NixDeploy.Hosts;

/// <summary>The host's own scripts, from the lock to the end of a transaction, where something does not go; in each shell that a host may have.</summary>
[TestFixtureSource(typeof(ShellScriptsTests), nameof(ShellScriptsTests.Shells))]
[Parallelizable(ParallelScope.Self)]
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

    [Test]
    public async Task A_trial_is_committed()
    {
        var tried = await host.TryAsync();
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
    public async Task A_trial_is_taken_back()
    {
        await host.TryAsync();
        var restored = await host.VerdictAsync("restore");

        Assert.That(ScriptHost.Standing(restored), Is.EqualTo("restored verdict"));
        Assert.That((host.Current, host.ProfileSystem, host.BootDefault), Is.EqualTo((host.Old, host.Old, host.Old)));
    }

    [Test]
    public async Task A_commit_that_cannot_note_its_boot_default_is_finished()
    {
        await host.TryAsync();
        host.Obstruct("state/txn/booted");

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit", wait: 8)), Is.EqualTo("committed verdict"));
    }

    [Test]
    public async Task The_last_resort_needs_no_disk()
    {
        await host.TryAsync();
        host.Obstruct("state/txn/rebooting");
        host.Answer("test old", 1);
        await host.VerdictAsync("restore", wait: 1);
        await host.UntilQuietAsync();

        Assert.That(host.Told, Does.Contain("reboot --force"));
    }

    [Test]
    public async Task Whether_the_host_can_be_written_to_is_a_check_that_can_fail()
    {
        host.Obstruct("state/verify");
        var checks = (await host.VerifyRollbackAsync()).All("check").ToDictionary(f => f[0], f => f[1]);

        Assert.That((checks["writable"], checks["guard"]), Is.EqualTo(("no", "yes")));
    }
}
