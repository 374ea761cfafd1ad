using System.Runtime.Versioning;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>Somebody else changes the profile or the running system while a system is on trial: what they made stays, and is told.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class OtherAdminTests(params string[] shell) : ScriptHostFixture(shell)
{
    private const string SetThird = """nix-env -p "$profile" --set "$root/systems/third" """;
    private const string SwitchThird = SetThird + """; "$root/systems/third/bin/switch-to-configuration" switch""";

    [Test]
    public async Task A_profile_that_was_moved_during_the_trial_is_not_committed_over()
    {
        await Host.ActivateAsync();
        await Host.AdminAsync(SetThird);

        var answer = await Host.VerdictAsync("commit");

        Assert.That(ScriptHost.Standing(answer), Is.EqualTo("restored profile-moved"));
        Assert.That(answer.Find("moved", 2), Is.EqualTo(new[] { "2", Host.Third }));
        Assert.That(Host.Generations, Is.EqualTo("1 old, 2 third"));
        Assert.That(Stands, Is.EqualTo((Host.Old, Host.Third, Host.Old)));
    }

    [TestCase("restore", "restored verdict")]
    [TestCase("expired", "restored deadline")]
    public async Task A_profile_that_was_moved_is_left_and_told_when_the_trial_is_rolled_back(string verdict, string standing)
    {
        await Host.ActivateAsync(guard: 8);
        await Host.AdminAsync(SetThird);
        if (verdict == "restore")
        {
            await Host.VerdictAsync(verdict);
        }

        await Host.UntilQuietAsync();

        var shown = await Host.InspectAsync();
        Assert.That(ScriptHost.Standing(shown), Is.EqualTo(standing));
        Assert.That(shown.Find("moved", 2), Is.EqualTo(new[] { "2", Host.Third }));
        Assert.That((Host.Generations, Stands), Is.EqualTo(("1 old, 2 third", (Host.Old, Host.Third, Host.Old))));
    }

    [Test]
    public async Task A_profile_that_is_moved_while_the_boot_loader_fails_is_left()
    {
        await Host.ActivateAsync();
        Host.Meanwhile("boot new", $"profile={Host.InRoot("profiles/system")}; PATH={Host.InRoot("bin")}:$PATH; {SetThird}");
        Host.Answer("boot new", 1);

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo("restored profile-moved"));
        Assert.That(Host.Generations, Does.Contain("3 third"));
        Assert.That((Host.Current, Host.ProfileSystem), Is.EqualTo((Host.Old, Host.Third)));
    }

    [Test]
    public async Task A_profile_that_is_moved_while_the_boot_loader_is_installed_boots_by_default()
    {
        await Host.ActivateAsync();
        Host.Meanwhile("boot new", $"profile={Host.InRoot("profiles/system")}; PATH={Host.InRoot("bin")}:$PATH; {SetThird}");

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo("restored profile-moved"));
        Assert.That(Stands, Is.EqualTo((Host.Old, Host.Third, Host.Third)));
    }

    [Test]
    public async Task A_generation_that_appears_between_the_look_and_the_commit_is_the_profiles_again()
    {
        await Host.ActivateAsync();
        Host.Meanwhile("set", $$"""
            ln -s "$root/systems/third" "$root/profiles/system-2-link"
            ln -sfn system-2-link "$root/profiles/system"
            """);

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo("restored profile-moved"));
        Assert.That(Host.Generations, Is.EqualTo("1 old, 2 third"));
        Assert.That(Stands, Is.EqualTo((Host.Old, Host.Third, Host.Old)));
    }

    [Test]
    public async Task A_profile_that_was_moved_and_moved_back_is_committed()
    {
        await Host.ActivateAsync();
        await Host.AdminAsync(SetThird + """; nix-env -p "$profile" --switch-generation 1""");

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo("committed verdict"));
        Assert.That(Host.Generations, Is.EqualTo("1 old, 2 third, 3 new"));
    }

    [Test]
    public async Task A_generation_of_the_new_system_that_somebody_else_made_is_not_deleted()
    {
        await Host.AdminAsync("""nix-env -p "$profile" --set "$root/systems/new"; nix-env -p "$profile" --switch-generation 1""");
        await Host.ActivateAsync();
        FailHalfWay("boot new");

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo("restored boot-failed"));
        Assert.That((Host.Generations, Stands), Is.EqualTo(("1 old, 2 new", (Host.Old, Host.Old, Host.Old))));
    }

    [Test]
    public async Task A_generation_of_the_new_system_that_somebody_makes_during_the_trial_is_theirs()
    {
        await Host.ActivateAsync();
        await Host.AdminAsync("""nix-env -p "$profile" --set "$root/systems/new" """);
        FailHalfWay("boot new");

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo("restored profile-moved"));
        Assert.That((Host.Generations, Stands), Is.EqualTo(("1 old, 2 new", (Host.Old, Host.New, Host.Old))));
    }

    [TestCase("""nix-env -p "$profile" --delete-generations 1""")]
    [TestCase("""rm "$root/profiles/system-1-link" """)]
    public async Task An_old_generation_that_was_deleted_meanwhile_gets_a_new_number(string deletes)
    {
        await Host.ActivateAsync();
        Host.Meanwhile("boot new", $"profile={Host.InRoot("profiles/system")}; PATH={Host.InRoot("bin")}:$PATH; {deletes}");
        Host.Answer("boot new", 1);

        var answer = await Host.VerdictAsync("commit");

        Assert.That(ScriptHost.Standing(answer), Is.EqualTo("restored boot-failed"));
        Assert.That(answer.Find("moved", 2), Is.Null);
        Assert.That((Host.Generations, Stands), Is.EqualTo(("3 old", (Host.Old, Host.Old, Host.Old))));
    }

    [TestCase("ln -sfn system-99-link $profile", "restored profile-moved")]
    [TestCase("ln -sfn system-x-link $profile", "restored profile-moved")]
    [TestCase("rm $profile", "restored profile-moved")]
    [TestCase("ln -sfn $root/systems/third $profile", "restored profile-moved")]
    [TestCase("rm $root/profiles/system-1-link; ln -s $root/systems/third $root/profiles/system-1-link", "restored profile-moved")]
    public async Task A_profile_that_somebody_broke_is_left(string breaks, string standing)
    {
        await Host.ActivateAsync();
        await Host.AdminAsync(breaks);
        var before = Links();

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo(standing));
        Assert.That(Links(), Is.EqualTo(before));
        Assert.That((Host.Current, Host.BootDefault), Is.EqualTo((Host.Old, Host.Old)));
    }

    [TestCase("ln -sfn $root/systems/old $profile; rm $root/profiles/system-1-link", TestName = "A_profile_without_generations")]
    [TestCase("ln -sfn system-7-link $profile", TestName = "A_profile_that_points_nowhere")]
    [TestCase("rm $profile", TestName = "No_profile")]
    public async Task A_profile_of_another_kind_is_again_what_it_was(string made)
    {
        await Host.AdminAsync(made);
        var before = Links();
        await Host.ActivateAsync();
        FailHalfWay("boot new");

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo("restored boot-failed"));
        Assert.That(Links(), Is.EqualTo(before));
        Assert.That((Host.Current, Host.BootDefault), Is.EqualTo((Host.Old, Host.Old)));
    }

    [TestCase("commit")]
    [TestCase("restore")]
    [TestCase("expired")]
    public async Task A_system_that_somebody_else_activated_goes_on_running(string verdict)
    {
        await Host.ActivateAsync(guard: 8);
        await Host.AdminAsync(SwitchThird);
        if (verdict == "commit")
        {
            Assert.That((await Host.VerdictAsync(verdict)).Find("error", 1)?[0], Is.EqualTo("moved-on"));
        }

        if (verdict != "expired")
        {
            await Host.VerdictAsync("restore");
        }

        await Host.UntilQuietAsync();
        Assert.That(await Host.StandingAsync(), Is.EqualTo("restore-failed moved-on"));
        Assert.That((Host.Generations, Stands), Is.EqualTo(("1 old, 2 third", (Host.Third, Host.Third, Host.Third))));
        Assert.That(Host.Told, Is.Empty);
    }

    [Test]
    public async Task A_system_that_somebody_only_tries_is_not_committed_over()
    {
        await Host.ActivateAsync();
        Host.Meanwhile("set", """ln -sfn "$root/systems/third" "$root/run/current-system" """);

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo("restore-failed moved-on"));
        Assert.That((Host.Generations, Stands), Is.EqualTo(("1 old", (Host.Third, Host.Old, Host.Old))));
    }

    [Test]
    public async Task A_specialisation_of_the_new_system_is_rolled_back()
    {
        Directory.CreateDirectory(Path.Combine(Host.New, "specialisation"));
        File.CreateSymbolicLink(Path.Combine(Host.New, "specialisation/night"), Host.Third);
        await Host.ActivateAsync();
        await Host.AdminAsync("$root/systems/third/bin/switch-to-configuration test");

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("restore")), Is.EqualTo("restored verdict"));
        Assert.That(Host.Current, Is.EqualTo(Host.Old));
    }

    [Test]
    public async Task A_half_commit_whose_profile_was_moved_before_it_is_resumed_is_not_finished()
    {
        Host.Hang("boot new");
        await Host.ActivateAsync();
        await Host.VerdictAsync("commit", wait: 1);
        await Host.CutPowerAsync();
        await Host.AdminAsync(SetThird);

        var answer = await Host.VerdictAsync("commit");

        Assert.That(ScriptHost.Standing(answer), Does.Not.StartWith("committed"));
        Assert.That(Host.Generations, Is.EqualTo("1 old, 2 new, 3 third"));
        Assert.That(Stands, Is.EqualTo((Host.Old, Host.Third, Host.Old)));
    }

    [Test]
    public async Task A_guard_that_is_killed_right_after_it_set_the_profile_knows_its_own_generation()
    {
        await Host.ActivateAsync();
        Host.Meanwhile("boot new", """touch "$root/hanging"; while [ -e "$root/hold" ]; do sleep 0.1; done""");
        await File.WriteAllTextAsync(Host.InRoot("hold"), "");
        await Host.VerdictAsync("commit", wait: 1);
        Host.KillGuard();
        File.Delete(Host.InRoot("state/txn/committed-as"));
        File.Delete(Host.InRoot("hold"));
        FailHalfWay("boot new");

        Assert.That(ScriptHost.Standing(await Host.VerdictAsync("commit")), Is.EqualTo("restored boot-failed").Or.EqualTo("committed verdict"));
        Assert.That(Host.Generations, Is.EqualTo("1 old").Or.EqualTo("1 old, 2 new"));
    }

    private string[] Links() =>
        [.. new DirectoryInfo(Host.InRoot("profiles")).EnumerateFileSystemInfos().Select(l => $"{l.Name} {l.LinkTarget}").Order(StringComparer.Ordinal)];
}
