using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Tests.Planning;

[TestFixture]
internal sealed class RiskAssessmentTests
{
    [TestCase("sshd.service", RiskLevel.High)]
    [TestCase("sshd@.service", RiskLevel.High)]
    [TestCase("network-setup.service", RiskLevel.High)]
    [TestCase("firewall.service", RiskLevel.High)]
    [TestCase("sshfs-mount.service", RiskLevel.Low)]
    [TestCase("nginx.service", RiskLevel.Low)]
    public void A_unit_on_the_way_to_the_host_is_grave(string unit, RiskLevel level) =>
        Assert.That(Of(new SystemChanges { Units = new ItemChanges { Changed = [unit] } }).Level, Is.EqualTo(level));

    [TestCase("ssh/sshd_config", RiskLevel.High)]
    [TestCase("systemd/network/10-lan.network", RiskLevel.High)]
    [TestCase("nginx/nginx.conf", RiskLevel.Low)]
    public void A_file_on_the_way_to_the_host_is_grave(string file, RiskLevel level) =>
        Assert.That(Of(new SystemChanges { Etc = new ItemChanges { Changed = [file] } }).Level, Is.EqualTo(level));

    [Test]
    public void A_kernel_deserves_a_look_and_says_so()
    {
        var risk = Of(Kernel);
        Assert.That(risk.Level, Is.EqualTo(RiskLevel.Medium));
        Assert.That(risk.Reasons, Is.EqualTo(new[] { "the kernel changes (linux-6.1 → linux-6.2), which shows at the next boot only" }));
    }

    [Test]
    public void What_the_activation_itself_says_is_weighed()
    {
        static Risk Said(DryActivation dry, params PackageChange[] packages) => Of(new SystemChanges { DryActivation = dry, Packages = [.. packages] });
        var systemd = new PackageChange("systemd", PackageChangeKind.Upgraded, ["257"], ["258"]);

        Assert.Multiple(() =>
        {
            Assert.That(Said(new DryActivation { Restart = ["a.service"], Keep = ["b.service"] }).Level, Is.EqualTo(RiskLevel.Low));
            Assert.That(Said(new DryActivation { RestartsSystemd = true }).Level, Is.EqualTo(RiskLevel.Medium));
            Assert.That(Said(new DryActivation { RestartsSystemd = true }, systemd).Level, Is.EqualTo(RiskLevel.Medium), "it is one thing");
            Assert.That(Said(new DryActivation { SwapOff = ["/dev/vda2"] }).Reasons.Single(), Does.Contain("/dev/vda2"));
            Assert.That(Said(new DryActivation { SwapOff = ["/dev/vda2"], RestartsSystemd = true }).Level, Is.EqualTo(RiskLevel.High));
            Assert.That(Said(new DryActivation { FailedCheck = "dbus changes\nreboot instead" }).Level, Is.EqualTo(RiskLevel.High));
            Assert.That(Said(new DryActivation { FailedCheck = "dbus changes\nreboot instead" }).Reasons.Single(), Does.EndWith(": reboot instead"));
        });
    }

    [Test]
    public void Two_things_that_deserve_a_look_are_grave()
    {
        Assert.That(Of(Kernel, earlier: false).Level, Is.EqualTo(RiskLevel.High));
        Assert.That(Of(Kernel, lastFailed: true).Level, Is.EqualTo(RiskLevel.High));
        Assert.That(Of(null, guarded: false).Level, Is.EqualTo(RiskLevel.Medium));
        Assert.That(Of(null, guarded: false, lastFailed: true).Reasons, Has.Length.EqualTo(2));
    }

    [Test]
    public void Nothing_unusual_is_low_and_needs_no_reason() => Assert.That(Of(new SystemChanges()), Is.EqualTo(Risk.Low).Using<Risk>((a, b) => a.Level == b.Level && a.Reasons.SequenceEqual(b.Reasons)));

    private static SystemChanges Kernel => new() { Kernel = new ValueChange("linux-6.1", "linux-6.2"), Initrd = true };

    private static Risk Of(SystemChanges? changes, bool guarded = true, bool earlier = true, bool lastFailed = false)
    {
        var name = HostName.Parse("a");
        var history = lastFailed ? DurationHistory.Empty with { Hosts = DurationHistory.Empty.Hosts.Add(name, new HostHistory(new StepDurations(), LastFailed: true)) } : DurationHistory.Empty;
        var change = new HostChange(new Host(name), SystemRef.Unknown, new SystemBuild(RandomFleets.Toplevel("a"), null)) { Changes = changes, HasEarlier = earlier };
        return RiskAssessment.OfHost(change, guarded, history);
    }
}
