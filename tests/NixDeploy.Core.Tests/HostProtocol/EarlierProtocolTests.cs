using System.Runtime.Versioning;
using NixDeploy.HostProtocol;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>Transactions that other versions left on a host: those of the first protocol go on under today's scripts, newer ones are left alone.</summary>
[TestFixtureSource(typeof(ShellScriptsTests), nameof(ShellScriptsTests.DistinctShells))]
[Parallelizable(ParallelScope.Self)]
[UnsupportedOSPlatform("windows")]
internal sealed class EarlierProtocolTests(params string[] shell)
{
    private ScriptHost host = null!;

    [SetUp]
    public async Task A_host_whose_lock_the_first_protocol_took()
    {
        host = new ScriptHost(shell) { BeginsWithProtocol1 = true };
        await host.PrepareAsync();
        Assert.That(File.ReadAllText(host.InRoot("run/nixdeploy/lock")), Does.Not.Contain("protocol"));
    }

    [TearDown]
    public void Remove() => host.Dispose();

    [Test]
    public async Task Its_trial_is_shown()
    {
        await host.ActivateAsync();
        var answer = await host.InspectAsync();

        Assert.Multiple(() =>
        {
            Assert.That(ScriptHost.Standing(answer), Is.EqualTo("waiting"));
            Assert.That(answer.Find("activation", 3)?.Take(2), Is.EqualTo(new[] { "activated", "0" }));
            Assert.That(answer.Find("lock", 5)?[0], Is.EqualTo("run-1"));
            Assert.That(answer.Number("remaining"), Is.InRange(1, 60));
            Assert.That(answer.All("obstacle").Select(f => f[0]), Does.Not.Contain("newer-protocol"));
        });
    }

    [Test]
    public async Task Its_trial_is_committed([Values] bool guardKilled)
    {
        await host.ActivateAsync();
        KillGuard(guardKilled);

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit")), Is.EqualTo("committed verdict"));
        Assert.That((host.Current, host.ProfileSystem, host.BootDefault), Is.EqualTo((host.New, host.New, host.New)));
        await AssertFreeAsync();
    }

    [Test]
    public async Task Its_trial_is_rolled_back([Values] bool guardKilled)
    {
        await host.ActivateAsync();
        KillGuard(guardKilled);

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("restore")), Is.EqualTo("restored verdict"));
        Assert.That((host.Current, host.ProfileSystem, host.BootDefault), Is.EqualTo((host.Old, host.Old, host.Old)));
        await AssertFreeAsync();
    }

    [Test]
    public async Task Its_test_is_kept()
    {
        await host.ActivateAsync(mode: "test");

        Assert.That(ScriptHost.Standing(await host.VerdictAsync("keep")), Is.EqualTo("kept verdict"));
        Assert.That((host.Current, host.ProfileSystem), Is.EqualTo((host.New, host.Old)));
    }

    [Test]
    public async Task Its_trial_is_renewed()
    {
        await host.ActivateAsync();

        Assert.That((await host.RenewAsync(900)).Number("remaining"), Is.InRange(800, 900));
        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit")), Is.EqualTo("committed verdict"));
    }

    [Test]
    public async Task Its_trial_is_joined_by_a_controller_that_asks_again()
    {
        await host.ActivateAsync();

        Assert.That((await host.ActivateNowAsync()).Find("outcome", 2), Is.EqualTo(new[] { "activated", "0" }));
        Assert.That(host.Actions, Is.EqualTo(new[] { "test new" }));
    }

    [Test]
    public async Task Its_guard_rolls_back_at_its_deadline()
    {
        await host.ActivateAsync(guard: 4);
        await host.UntilQuietAsync();

        Assert.That(await host.StandingAsync(), Is.EqualTo("restored deadline"));
        Assert.That((host.Current, host.ProfileSystem, host.BootDefault), Is.EqualTo((host.Old, host.Old, host.Old)));
        await AssertFreeAsync();
    }

    [TestCase("commit", "committed verdict")]
    [TestCase("restore", "restored verdict")]
    public async Task Its_half_commit_is_resumed(string verdict, string standing)
    {
        host.Hang("boot new");
        await host.ActivateAsync();
        await host.VerdictAsync("commit", wait: 1);
        await host.CutPowerAsync();

        Assert.That(await host.StandingAsync(), Is.EqualTo("half-committed reboot"));
        Assert.That(ScriptHost.Standing(await host.VerdictAsync(verdict)), Is.EqualTo(standing));
        var system = verdict == "commit" ? host.New : host.Old;
        Assert.That((host.Current, host.ProfileSystem, host.BootDefault), Is.EqualTo((system, system, system)));
    }

    [Test]
    public async Task Its_lock_is_released()
    {
        await host.ReleaseAsync();
        await AssertFreeAsync();
    }

    [Test]
    public async Task Under_its_lock_todays_activation_begins()
    {
        Assert.That((await host.ActivateNowAsync()).Find("outcome", 2), Is.EqualTo(new[] { "activated", "0" }));
        Assert.That(ScriptHost.Standing(await host.VerdictAsync("commit")), Is.EqualTo("committed verdict"));
    }

    [Test]
    public async Task The_numbers_of_its_locks_go_on_growing()
    {
        await host.ReleaseAsync();
        var words = ScriptWords.Of(("run", "run-2"), ("controller", "tests:2"), ("target", host.New), ("profile", host.InRoot("profiles/system")));

        Assert.That((await host.AskAsync(ShellScripts.Text("prepare"), words)).Number("taken"), Is.EqualTo(2));
    }

    [Test]
    public async Task What_a_newer_version_wrote_is_refused_untouched([Values("state/txn/record", "run/nixdeploy/lock", "state/number")] string file)
    {
        await host.ActivateAsync();
        await File.AppendAllTextAsync(host.InRoot(file), "protocol\t99\n");
        var before = Contents();

        var refusals = new[]
        {
            await host.AskAsync(ShellScripts.Text("prepare"), ScriptWords.Of(("run", "run-2"), ("controller", "tests:2"), ("target", host.New), ("profile", host.InRoot("profiles/system")), ("break_lock", "yes"))),
            await host.ActivateNowAsync(),
            await host.VerdictAsync("commit"),
            await host.VerdictAsync("restore"),
            await host.RenewAsync(900),
            await host.ReleaseAsync(),
            await host.RebootAsync(),
        };
        var shown = await host.InspectAsync();

        Assert.Multiple(() =>
        {
            Assert.That(refusals.Select(r => string.Join(' ', r.Find("error", 3)!.Value)), Is.All.EqualTo($"newer-protocol {host.InRoot(file)} 99"));
            Assert.That(shown.All("obstacle").Select(f => string.Join(' ', f)), Does.Contain($"newer-protocol {host.InRoot(file)} 99"));
            Assert.That(Contents(), Is.EqualTo(before));
            Assert.That((host.Current, host.Told), Is.EqualTo((host.New, Array.Empty<string>())));
        });
    }

    private void KillGuard(bool killed)
    {
        if (killed)
        {
            host.KillGuard();
        }
    }

    private async Task AssertFreeAsync()
    {
        await host.UntilQuietAsync();
        Assert.That((await host.InspectAsync()).Find("lock", 1), Is.Null);
        Assert.That(Directory.Exists(host.InRoot("gcroots")), Is.False);
    }

    /// <summary>All files of the protocol with what is in them.</summary>
    private string[] Contents() =>
    [
        .. new[] { "state", "run/nixdeploy", "gcroots" }
            .SelectMany(folder => Directory.EnumerateFileSystemEntries(host.InRoot(folder), "*", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal)
            .Select(path => File.Exists(path) ? $"{path}: {File.ReadAllText(path)}" : path),
    ];
}
