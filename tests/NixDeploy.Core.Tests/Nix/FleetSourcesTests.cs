using NixDeploy.Fleets.Selection;
using NixDeploy.Nix;

namespace NixDeploy.Tests.Nix;

[TestFixture]
public class FleetSourcesTests
{
    private const string Json = """{ "hosts": { "a": { "toplevel": "/nix/store/00000000000000000000000000000000-x", "target": { "identity-file": "id" } } } }""";

    [TestCase("fleet.json", "fleet.json")]
    [TestCase("", "fleet.json")]
    [TestCase("sub/../", "sub/../fleet.json")]
    public async Task I_can_name_a_json_file_or_its_folder(string argument, string origin)
    {
        using var folder = new TestFolder("my fleets #1");
        folder.Write("fleet.json", Json);
        folder.Write("sub/x", "");

        var loaded = await FleetSources.Open(argument.Length == 0 ? "." : argument, workingFolder: folder.FullName).LoadAsync(null, CancellationToken.None);

        Assert.That(loaded.Fleet.Origin, Is.EqualTo(argument.Length == 0 ? "./fleet.json" : origin));
        Assert.That(loaded.Systems.Values.Single().Derivation, Is.Null);
        Assert.That(loaded.Fleet.Hosts.Values.Single().Target.IdentityFile, Is.EqualTo(Path.Combine(folder.FullName, "id")));
    }

    [Test]
    public async Task Systems_of_left_out_dependencies_of_a_json_fleet_are_known_too()
    {
        using var folder = new TestFolder();
        var file = folder.Write("fleet.json", $$"""
            { "hosts": { {{string.Join(", ", new[] { ("a", "b"), ("b", "c"), ("c", "gone"), ("d", "a") }.Select(h =>
                $$"""  "{{h.Item1}}": { "toplevel": "/nix/store/00000000000000000000000000000000-{{h.Item1}}", "dependencies": ["{{h.Item2}}"] } """))}} } }
            """);

        var loaded = await FleetSources.Open(file).LoadAsync(HostSelection.Parse("a"), default);

        Assert.That((string.Join(' ', loaded.Selected), string.Join(' ', loaded.NotSelected)), Is.EqualTo(("a", "b c")));
        Assert.That(loaded.Systems.Values.Select(s => s.Toplevel.Name).Order(), Is.EqualTo(new[] { "a", "b", "c" }));
        Assert.That((await FleetSources.Open(file).LoadAsync(null, default)).NotSelected, Is.Empty);
    }

    [TestCase("", "'' is no fleet")]
    [TestCase(" ", "' ' is no fleet")]
    [TestCase("none", "There is no fleet 'none'")]
    [TestCase("none/fleet.json", "There is no fleet 'none/fleet.json'")]
    [TestCase("empty", "has neither flake.nix nor fleet.json")]
    [TestCase("fleet.txt", "fleet.txt is neither a .nix nor a .json file")]
    [TestCase("C:", "There is no fleet 'C:'")]
    [TestCase("github:owner/repository#web", "omit '#'")]
    public void What_is_no_fleet_is_a_sentence(string argument, string part)
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(Path.Combine(folder.FullName, "empty"));
        folder.Write("fleet.txt", "");

        var error = Assert.Throws<FleetException>(() => FleetSources.Open(argument, workingFolder: folder.FullName))!;

        Assert.That(error.Code, Is.EqualTo("ND0103"));
        Assert.That(error.Message, Does.Contain(part));
    }

    [Test]
    public void A_flake_goes_before_a_json_file()
    {
        using var folder = new TestFolder();
        folder.Write("fleet.json", Json);
        folder.Write("flake.nix", "");
        Assert.That(FleetSources.Open(folder.FullName), Is.InstanceOf<NixFleetSource>());
        Assert.That(FleetSources.Open("github:owner/repository"), Is.InstanceOf<NixFleetSource>());
    }
}
