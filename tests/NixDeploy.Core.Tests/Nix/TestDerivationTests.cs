using NixDeploy.Fleets;
using NixDeploy.Nix;
using static NixDeploy.Tests.Nix.TestNix;

namespace NixDeploy.Tests.Nix;

/// <summary>What tests a host's system, as fleets of each kind name it.</summary>
internal sealed class TestDerivationTests
{
    private const string Result = "/nix/store/7ra807lv85cy4rn2kybg07r5xzjgh238-vm-test-run";

    [SetUp]
    public void There_is_Nix() => Require();

    [Test]
    public async Task A_configuration_names_a_derivation_or_the_path_of_a_result()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", Flake(
            ("razer", Host(Toplevel("razer"), $"{{ test = {Toplevel("razer-test")}; }}")),
            ("samsung", Host(Toplevel("samsung"), $"{{ test = \"{Result}\"; }}")),
            ("p620", Host(Toplevel("p620")))));
        var loaded = await FleetSources.Open(folder.FullName, Options).LoadAsync(null, default);
        Assert.Multiple(() =>
        {
            Assert.That(Of(loaded, "razer")!.Derivation!.Name, Is.EqualTo("nixos-system-razer-test.drv"));
            Assert.That(Of(loaded, "samsung"), Is.EqualTo(new TestBuild(StorePath.Parse(Result), null)));
            Assert.That(Of(loaded, "p620"), Is.Null);
        });
    }

    [Test]
    public async Task A_json_file_names_an_installable_or_the_path_of_a_result_and_one_that_is_broken_is_its_hosts_failure()
    {
        using var folder = new TestFolder();
        folder.Write("flake.nix", $"{{ outputs = {{ self }}: {{ checks.razer = {Toplevel("razer-test")}; }}; }}");
        var file = folder.Write("fleet.json", $$"""
            { "hosts": {
                "razer": { "toplevel": "{{Result}}", "test": ".#checks.razer" },
                "samsung": { "toplevel": "{{Result}}", "test": "{{Result}}" },
                "p620": { "toplevel": "{{Result}}", "test": ".#checks.nosuch" } } }
            """);
        var loaded = await FleetSources.Open(file, Options).LoadAsync(null, default);
        Assert.Multiple(() =>
        {
            Assert.That(Of(loaded, "razer")!.Derivation!.Name, Is.EqualTo("nixos-system-razer-test.drv"));
            Assert.That(Of(loaded, "samsung"), Is.EqualTo(new TestBuild(StorePath.Parse(Result), null)));
            Assert.That(loaded.Failures[HostName.Parse("p620")].Message, Does.StartWith("p620: its test .#checks.nosuch does not evaluate: ").And.Contain("nosuch"));
            Assert.That(loaded.Systems.Keys.Select(h => h.Value), Has.None.EqualTo("p620"));
        });
    }

    private static TestBuild? Of(LoadedFleet fleet, string host) => fleet.Systems[HostName.Parse(host)].Test;
}
