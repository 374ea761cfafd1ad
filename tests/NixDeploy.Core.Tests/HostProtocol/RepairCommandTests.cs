using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Tests.HostProtocol;

/// <summary>What people are told to type.</summary>
internal sealed class RepairCommandTests
{
    [Test]
    public void A_host_without_a_target_is_reached_by_its_name() =>
        Assert.That(RepairCommand.Plain(Reached(t => t), "readlink", "/run/current-system"), Is.EqualTo("ssh root@razer readlink /run/current-system"));

    [Test]
    public void A_host_is_reached_as_its_target_says()
    {
        var razer = Reached(t => t with { Host = "10.0.0.7", Port = 2222, User = "deploy", IdentityFile = "/keys/my key", Elevation = ["sudo", "-n"] });

        Assert.That(RepairCommand.Plain(razer, "systemctl", "list-jobs"), Is.EqualTo("ssh -p 2222 -i '/keys/my key' deploy@10.0.0.7 systemctl list-jobs"));
        Assert.That(RepairCommand.AsRoot(razer, ["nix-env", "--rollback"]), Is.EqualTo("ssh -p 2222 -i '/keys/my key' deploy@10.0.0.7 sudo -n nix-env --rollback"));
    }

    [TestCase("ssh.net", null, "root@razer")]
    [TestCase("auto", "/key", "-i /key root@razer")]
    [TestCase("auto", null, "root@razer")]
    [TestCase("openssh", "/key", "-i /key root@razer")]
    public void Where_no_account_is_named_it_is_the_one_that_we_take(string transport, string? key, string words) =>
        Assert.That(RepairCommand.Plain(Reached(t => t with { Transport = transport, IdentityFile = key }), "true"), Is.EqualTo($"ssh {words} true"));

    [Test]
    public void This_machine_needs_no_ssh() =>
        Assert.That(RepairCommand.AsRoot(Reached(t => t with { Transport = "local", Elevation = ["doas"] }), ["a"], ["b", "c d"]), Is.EqualTo("doas a && doas b 'c d'"));

    [Test]
    public void What_the_hosts_shell_reads_is_quoted_for_both_shells() =>
        Assert.That(
            RepairCommand.AsRoot(Reached(t => t with { User = "root" }), ["nix-env", "-p", "/a b", "--rollback"], ["/a b/bin/switch-to-configuration", "switch"]),
            Is.EqualTo(@"ssh root@razer 'nix-env -p '\''/a b'\'' --rollback && '\''/a b/bin/switch-to-configuration'\'' switch'"));

    private static Host Reached(Func<TargetSettings, TargetSettings> how) => new(HostName.Parse("razer")) { Target = how(new TargetSettings()) };
}
