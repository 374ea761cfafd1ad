using CsCheck;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.Nix;
using NixDeploy.Tests.Nix;

namespace NixDeploy.Tests.Changes;

internal sealed class PackageNameTests
{
    private static readonly string[] Names =
    [
        "openssl-3.0.1", "openssl-3.0.1-bin", "gtk+3-3.24.43", "python3.12-requests-2.32.3", "nix", "nix-", "nix-2.8.0pre20220101_abc", "xorg-server-21.1", "a-b-c", "a--b",
        "source-highlight-3.1.9", "dbus-1", "glibc-2.40-66-bin", "perl-5.38.2-env", "-1", "x-.5", "libvirt-glib-5.0.0", "kmod-blacklist-31+20240202-2ubuntu8", "r8152-2.17-é",
    ];

    [TestCase("openssl-3.0.1", "openssl", "3.0.1")]
    [TestCase("openssl-3.0.1-bin", "openssl", "3.0.1")]
    [TestCase("glibc-2.40-66-bin", "glibc", "2.40-66")]
    [TestCase("linux-6.12.1-modules", "linux", "6.12.1")]
    [TestCase("perl-5.38.2-env", "perl", "5.38.2")]
    [TestCase("systemd-minimal-256.8", "systemd-minimal", "256.8")]
    [TestCase("nix-2.26-bin-dev", "nix", "2.26")]
    [TestCase("hello", "hello", "")]
    [TestCase("a-bin", "a-bin", "")]
    [TestCase("trailing-", "trailing-", "")]
    public void Outputs_of_one_package_are_one_package(string name, string package, string version) =>
        Assert.That(PackageName.Parse(name), Is.EqualTo(new PackageName(package, version)));

    [Test]
    public async Task Nix_itself_takes_names_apart_the_same_way()
    {
        TestNix.Require();
        string[] all = [.. Names.Where(n => n.All(char.IsAscii)), .. Gen.String[Gen.Char["ab1-.+_"], 1, 12].Array[100].Single()];
        var said = await NixVersionTests.EvaluateAsync($"map builtins.parseDrvName [ {string.Join(' ', all.Select(NixText.Quote))} ]");
        foreach (var (i, name) in all.Index())
        {
            var parsed = PackageName.Parse(name);
            Assert.That(parsed.Name, Is.EqualTo((string?)said[i]!["name"]), name);
            Assert.That((string?)said[i]!["version"], Does.StartWith(parsed.Version), name);
        }
    }

    [TestCase("openssl-3.0.1", ExpectedResult = true)]
    [TestCase("linux-firmware-20250109", ExpectedResult = true)]
    [TestCase("system-path", ExpectedResult = false)]
    [TestCase("unit-dbus-1.service", ExpectedResult = false)]
    [TestCase("unit--.slice", ExpectedResult = false)]
    [TestCase("stage-1-init.sh", ExpectedResult = false)]
    [TestCase("nixos-system-p620-25.05.1", ExpectedResult = false)]
    [TestCase("etc-2024.conf", ExpectedResult = false)]
    [TestCase("fix-2.5.patch", ExpectedResult = false)]
    [TestCase("initrd-linux-6.12.1", ExpectedResult = false)]
    [TestCase("glibc-locales-.5", ExpectedResult = false)]
    public bool What_an_operator_calls_a_package(string name) => PackageName.Of(StorePath.Parse($"/nix/store/{new string('a', 32)}-{name}")) is not null;
}
