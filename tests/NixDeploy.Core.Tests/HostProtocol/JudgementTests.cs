using System.Runtime.Versioning;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>What runs decides before any exit code of switch-to-configuration, of an activation and of a rollback.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class JudgementTests(params string[] shell) : ScriptHostFixture(shell)
{
    private static readonly int[] Codes = [1, 2, 3, 4, 11, 100, 101, 137, 255];

    [TestCaseSource(nameof(Codes))]
    public async Task Whatever_it_ends_with_once_the_new_system_runs_it_is_rolled_back(int code)
    {
        Host.AnswerAfterwards("test new", code);
        var tried = await Host.ActivateAsync();

        Assert.That(tried.Find("outcome", 2), Is.EqualTo(new[] { "failures", $"{code}" }));
        Assert.That(ScriptHost.Standing(tried), Is.EqualTo("waiting"));
        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("restore")), Is.EqualTo("restored verdict"));
        Assert.That(Stands, Is.EqualTo((Host.Old, Host.Old, Host.Old)));
    }

    [TestCase(11, "busy")]
    [TestCase(100, "needs-reboot")]
    public async Task While_the_old_system_runs_nothing_was_activated(int code, string word)
    {
        Host.Answer("test new", code);
        var tried = await Host.ActivateAsync(guard: 8);

        Assert.That(tried.Find("outcome", 2), Is.EqualTo(new[] { word, $"{code}" }));
        Assert.That(await Host.StandingAsync(), Is.EqualTo("restored not-activated"));
    }

    [TestCase(11)]
    [TestCase(100)]
    [TestCase(1)]
    public async Task One_that_has_stopped_units_has_begun_whatever_it_ends_with(int code)
    {
        Host.Meanwhile("test new", "echo 'stopping the following units: web.service'; echo \"use nixos-rebuild boot\"");
        Host.Answer("test new", code);
        var tried = await Host.ActivateAsync(guard: 60);

        Assert.That((tried.Find("outcome", 1)?[0], ScriptHost.Standing(tried)), Is.EqualTo(("failed", "waiting")));
        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("restore")), Is.EqualTo("restored verdict"));
        Assert.That(Host.Actions, Does.Contain("test old"), "what it has stopped is started again");
    }

    [TestCaseSource(nameof(Codes))]
    public async Task In_a_rollback_no_host_is_rebooted_whose_old_system_runs(int code)
    {
        await Host.ActivateAsync();
        Host.AnswerAfterwards("test old", code);

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("restore")), Is.EqualTo("restored verdict"));
        Assert.That(Host.Told, Has.None.Contains("reboot"));
        Assert.That(Host.Current, Is.EqualTo(Host.Old));
    }

    [Test]
    public async Task A_host_whose_boot_target_was_not_reached_before_is_not_rebooted_for_it()
    {
        await File.WriteAllTextAsync(Host.InRoot("no-default-target"), "");
        await Host.ActivateAsync();

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("restore")), Is.EqualTo("restored verdict"));
        Assert.That(Host.Told, Has.None.Contains("reboot"));
    }

    [Test]
    public async Task Every_step_back_is_made_without_checks_and_no_other()
    {
        await Host.ActivateAsync();
        FailHalfWay("boot new");
        await Host.VerdictAsync("commit");

        Assert.That(Host.Unchecked, Is.EquivalentTo(new[] { "boot old", "test old" }));
    }

    [Test]
    public async Task A_rollback_that_is_a_transaction_of_its_own_is_made_without_checks()
    {
        Host.IsRollback = true;
        await Host.ActivateAsync();
        await Host.VerdictAsync("commit");

        Assert.That(Host.Unchecked, Is.EqualTo(new[] { "test new", "boot new" }));
    }

    [TestCase("backup.service", "", "backup.service", true)]
    [TestCase("", "backup.service", "backup.service", true)]
    [TestCase("", "container@*.service", "container@web.service", true)]
    [TestCase("backup.service", "", "backup.service, web.service", false)]
    [TestCase("", "backup", "backup.service", false)]
    [TestCase("", "", "backup.service", false)]
    public async Task A_unit_that_was_failed_before_or_may_fail_is_told_and_not_held_against_the_system(string before, string may, string failed, bool tolerated)
    {
        await File.WriteAllTextAsync(Host.InRoot("failed"), before.Length > 0 ? $"{before} loaded failed failed Backup\n" : "");
        Host.MayFail = may.Length > 0 ? [may] : [];
        Host.Meanwhile("test new", $"""
            echo "warning: the following units failed: {failed}"
            for unit in {failed.Replace(",", "", StringComparison.Ordinal)}; do echo "$unit loaded failed failed X"; done >"$root/failed"
            """);
        Host.AnswerAfterwards("test new", 4);
        var tried = await Host.ActivateAsync();

        Assert.That(tried.Find("outcome", 2), Is.EqualTo(new[] { tolerated ? "activated" : "failures", "4" }));
        if (tolerated)
        {
            Assert.That(tried.All("tolerated").Select(f => f[0]), Is.EqualTo(new[] { failed }));
            Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo("committed verdict"));
        }
        else
        {
            var named = failed.Split(", ").Except([before]).ToArray();
            Assert.That(tried.All("failed").Select(f => f[0]), Is.EquivalentTo(named));
            Assert.That(ScriptHost.Standing(await Host.VerdictAsync("restore")), Does.StartWith("restore"));
        }
    }

    [TestCase("Job for web.service failed because the control process exited with error code.")]
    [TestCase("Failed to start web.service: Unit web.service has a bad unit file setting.")]
    [TestCase("A dependency job for web.service failed. See 'journalctl -xe' for details.")]
    public async Task A_tolerated_unit_does_not_hide_another_failure(string says)
    {
        Host.MayFail = ["backup.service"];
        Host.Meanwhile("test new", $"echo \"{says}\"; echo 'warning: the following units failed: backup.service'");
        Host.AnswerAfterwards("test new", 4);

        Assert.That((await Host.ActivateAsync()).Find("outcome", 1)?[0], Is.EqualTo("failures"));
    }

    [Test]
    public async Task Logs_of_failed_units_are_only_those_since_the_activation_began()
    {
        Host.Meanwhile("test new", """echo "web.service loaded failed failed Web" >"$root/failed" """);
        Host.AnswerAfterwards("test new", 4);
        var before = DateTimeOffset.UtcNow;
        await Host.ActivateAsync();

        var since = File.ReadAllLines(Host.InRoot("journal")).Where(l => l.Contains("--unit=web.service", StringComparison.Ordinal))
            .Select(l => l.Split("--since=@")[1].Split(' ')[0]).First();
        var began = double.Parse(since, System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(began, Is.InRange(before.ToUnixTimeMilliseconds() / 1000.0, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0));
    }

    [Test]
    public async Task A_step_that_does_not_end_is_told_with_its_last_words_and_what_systemd_waits_for()
    {
        await File.WriteAllTextAsync(Host.InRoot("jobs"), "12 web.service stop running\n13 multi-user.target start waiting\n");
        Host.Hang("test new", "echo 'stopping the following units: web.service'");
        await Host.ActivateAsync(guard: 6);
        await Host.UntilQuietAsync();

        var shown = await Host.InspectAsync();
        Assert.That(ScriptHost.Standing(shown), Is.EqualTo("restored deadline"));
        Assert.That(shown.All("job").Select(f => string.Join(' ', f)), Is.EqualTo(new[] { "web.service stop" }));
        Assert.That(shown.All("said").Select(f => f[0]), Does.Contain("stopping the following units: web.service"));
    }

    [Test]
    public async Task A_step_that_has_said_nothing_at_the_deadline_was_none()
    {
        Host.Hang("test new");
        await Host.ActivateAsync(guard: 6);
        await Host.UntilQuietAsync();

        Assert.That(await Host.StandingAsync(), Is.EqualTo("restored not-activated"));
        Assert.That(Host.Actions, Is.EqualTo(new[] { "test new" }));
        Assert.That(Host.Told, Is.Empty);
    }
}
