using System.Globalization;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Tests;

public sealed class BreakingTests : LabTest
{
    private LabHost host = null!;

    [SetUp]
    public async Task A_fresh_host()
    {
        host = Lab["host5"];
        await host.ResetAsync(Ct);
    }

    [Test]
    public async Task A_frozen_host_does_not_answer_and_goes_on_when_thawed()
    {
        var before = await host.BootIdAsync(Ct);
        await host.FreezeAsync(Ct);
        Assert.That(await host.AnswersAsync(Ct), Is.False);
        Assert.That((await host.StatusAsync(Ct)).State, Is.EqualTo("frozen"));

        await host.ThawAsync(Ct);
        await host.WaitUntilReadyAsync(TimeSpan.FromMinutes(1), Ct);
        Assert.That(await host.BootIdAsync(Ct), Is.EqualTo(before));
    }

    [Test]
    public async Task A_cut_link_outlasts_a_power_cut_and_can_be_restored()
    {
        await host.CutLinkAsync(Ct);
        Assert.That(await host.AnswersAsync(Ct), Is.False);
        Assert.That(await host.ReadAsync("systemctl is-active ssh", Ct), Is.EqualTo("active"), "the host itself is well");

        await host.CutPowerAsync(Ct);
        await host.StartAsync(Ct);
        Assert.That(await host.AnswersAsync(Ct), Is.False);
        await host.RestoreLinkAsync(Ct);
        await host.WaitUntilReadyAsync(TimeSpan.FromMinutes(1), Ct);
    }

    [Test]
    public async Task A_host_that_broke_its_network_has_it_back_after_a_reboot()
    {
        await host.ReadAsync("ip link set host0 down", Ct);
        Assert.That(await host.AnswersAsync(Ct), Is.False);
        await host.RebootAsync(Ct);
    }

    [Test]
    public async Task A_host_that_reboots_itself_comes_back_with_its_state_and_lab_json_follows()
    {
        var before = host.ProcessId;
        await host.ReadAsync("echo kept >/root/note", Ct);
        await host.RebootAsync(Ct);

        Assert.That(await host.ReadAsync("cat /root/note", Ct), Is.EqualTo("kept"));
        Assert.That(host.ProcessId, Is.Not.EqualTo(before));
        Assert.That(await File.ReadAllTextAsync($"{Lab.Fleet}/lab.json", Ct), Does.Contain(string.Create(CultureInfo.InvariantCulture, $"\"process-id\": {host.ProcessId},")));
    }

    [Test]
    public async Task A_host_whose_process_was_killed_or_that_shut_down_is_off_until_the_lab_is_brought_up_again()
    {
        var other = Lab["host6"];
        await Tool.RunAsync("kill", ["-KILL", host.ProcessId.ToString(CultureInfo.InvariantCulture)], Ct);
        await other.ShutDownAsync(Ct);
        await Wait.UntilAsync(async _ => (await host.StatusAsync(Ct)).State == "off", "the killed host to be off", TimeSpan.FromMinutes(1), Ct);
        Assert.That(host.ProcessId, Is.Zero);
        var running = Lab["p620"].ProcessId;

        await Lab.UpAsync(new LabOptions { Name = Lab.Name, Hosts = TestLabs.Hosts }, _ => { }, Ct);

        await Task.WhenAll(host.WaitUntilReadyAsync(TimeSpan.FromMinutes(1), Ct), other.WaitUntilReadyAsync(TimeSpan.FromMinutes(1), Ct));
        Assert.That(Lab["p620"].ProcessId, Is.EqualTo(running), "what ran was left alone");
    }

    [Test]
    public async Task A_changed_host_key_is_refused_until_it_is_restored()
    {
        await host.ChangeHostKeyAsync(Ct);
        Assert.That((await host.SshAsync("true", Ct)).Error, Does.Contain("REMOTE HOST IDENTIFICATION HAS CHANGED"));
        await host.RestoreHostKeyAsync(Ct);
        Assert.That((await host.SshAsync("true", Ct)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task A_full_disk_takes_nothing_until_it_is_freed()
    {
        await host.FillDiskAsync(Ct, leaveKilobytes: 1024);
        Assert.That((await host.ExecAsync("head -c 3M /dev/urandom >/root/big", Ct)).Error, Does.Contain("No space left"));
        await host.FreeDiskAsync(Ct);
        await host.ReadAsync("head -c 3M /dev/urandom >/root/big", Ct);
    }

    [Test]
    public async Task A_read_only_profile_folder_refuses_a_new_generation()
    {
        var set = "nix-env -p /nix/var/nix/profiles/system --set $(nix-store --add /etc/hostname)";
        await host.MakeProfilesReadOnlyAsync(Ct);
        Assert.That((await host.ExecAsync(set, Ct)).Error, Does.Contain("Read-only file system"));
        await host.MakeProfilesWritableAsync(Ct);
        Assert.That((await host.ExecAsync(set, Ct)).ExitCode, Is.Zero);
    }
}
