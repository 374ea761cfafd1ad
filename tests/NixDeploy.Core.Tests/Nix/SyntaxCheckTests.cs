using NixDeploy.Nix;
using static NixDeploy.Tests.Nix.TestNix;

namespace NixDeploy.Tests.Nix;

public sealed class SyntaxCheckTests
{
    [OneTimeSetUp]
    public void SetUp() => Require();

    [Test]
    public async Task Files_that_nothing_imports_are_parsed_too_and_every_wrong_one_is_told()
    {
        using var folder = new TestFolder();
        Write(folder, "flake.nix", Flake(("a", Host(Toplevel("a")))));
        Write(folder, "modules/fine.nix", "{ a = 1; }");
        Write(folder, "modules/one.nix", "{ a = ; }");
        Write(folder, "hosts/two words.nix", "{ b = [ }");
        Write(folder, ".hidden/three.nix", "{ c = ; }");

        var wrong = await new SyntaxCheck(Options).RunAsync(folder.FullName, default);

        Assert.That(wrong.Select(l => l.Split(" cannot be parsed: syntax error")[0]), Is.EqualTo(new[]
        {
            Path.Combine(folder.FullName, "hosts/two words.nix"), Path.Combine(folder.FullName, "modules/one.nix"),
        }));

        File.Delete(Path.Combine(folder.FullName, "hosts/two words.nix"));
        File.Delete(Path.Combine(folder.FullName, "modules/one.nix"));
        Assert.That(await new SyntaxCheck(Options).RunAsync(folder.FullName, default), Is.Empty);
    }

    [Test]
    public async Task A_validation_tells_what_is_wrong_with_hosts_too()
    {
        using var folder = new TestFolder();
        Write(folder, "flake.nix", Flake(("a", Host(Toplevel("a"))), ("b", Host("throw \"no disk\"")), ("c", "throw \"nothing\"")));
        Write(folder, "modules/one.nix", "{ a = ; }");
        await using var coordinator = DeploymentCoordinator.Create(new NixDeployOptions { Fleet = folder.FullName, Nix = Options, StateFolder = Path.Combine(folder.FullName, "state") });

        var found = await coordinator.ValidateAsync(null, askHosts: false);

        Assert.That(found.IsValid, Is.False);
        Assert.That(found.Files, Has.Length.EqualTo(1));
        Assert.That(found.Problems.Keys.Select(h => h.Value), Is.EqualTo(new[] { "b", "c" }));

        Write(folder, "flake.nix", "{ outputs = ; }");
        Assert.That(() => coordinator.ValidateAsync(null, askHosts: false), Throws.TypeOf<FleetException>().With.Property("Code").EqualTo("ND0631"));
    }

    [TestCase("github:owner/fleet")]
    [TestCase("/nonexistent")]
    public async Task A_fleet_that_is_not_here_has_no_files(string fleet) => Assert.That(await new SyntaxCheck(Options).RunAsync(fleet, default), Is.Empty);

    private static void Write(TestFolder folder, string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
