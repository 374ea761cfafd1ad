using static NixDeploy.Tests.Nix.TestNix;

namespace NixDeploy.Tests.Survey;

/// <summary>TestAll, with the Nix of this machine.</summary>
[TestFixture]
internal sealed class FleetTesterTests
{
    [Test]
    public async Task Every_host_and_its_test_is_built_to_the_last_and_none_is_contacted()
    {
        Require();
        var salt = Guid.NewGuid().ToString("N");
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(
            ("broken", Host("throw \"no such option\"")),
            ("failing", Host(System("failing", "exit 3"))),
            ("good", Host(System("good"), $"{{ test = {Toplevel("good-test", salt: salt)}; target.host = \"192.0.2.1\"; }}")),
            ("untested", Host(System("untested"))),
            ("wrong", Host(System("wrong"), $"{{ test = {Toplevel("wrong-test", "echo assertion failed; exit 1", salt)}; }}"))));
        await using var coordinator = DeploymentCoordinator.Create(new NixDeployOptions { Fleet = folder.FullName, StateFolder = Path.Combine(folder.FullName, "state"), Nix = Options });
        var found = await coordinator.TestAsync();
        Assert.Multiple(() =>
        {
            Assert.That(found.Problems.Keys.Select(h => h.Value), Is.EqualTo(new[] { "broken", "failing", "wrong" }));
            Assert.That(found.Checks.Select(c => (c.Name, c.Passed, c.Failed.Length)), Is.EqualTo(new[] { ("Configuration syntax", 4, 1), ("Build tests", 3, 1), ("Declared tests", 1, 1) }));
        });

        string System(string name, string script = "") => Toplevel(name, $"{script}\n/bin/mkdir -p $out/bin; echo > $out/bin/switch-to-configuration; /bin/chmod +x $out/bin/switch-to-configuration; exit 0", salt);
    }
}
