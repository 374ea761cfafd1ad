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

        var error = Assert.ThrowsAsync<FleetException>(() => new SyntaxCheck(Options).RunAsync(folder.FullName, default))!;

        Assert.That(error.Code, Is.EqualTo("ND0631"));
        Assert.That(error.Message.Split('\n').Select(l => l.Split(" cannot be parsed: syntax error")[0]), Is.EqualTo(new[]
        {
            Path.Combine(folder.FullName, "hosts/two words.nix"), Path.Combine(folder.FullName, "modules/one.nix"),
        }));

        File.Delete(Path.Combine(folder.FullName, "hosts/two words.nix"));
        File.Delete(Path.Combine(folder.FullName, "modules/one.nix"));
        await new SyntaxCheck(Options).RunAsync(folder.FullName, default);
    }

    [TestCase("github:owner/fleet")]
    [TestCase("/nonexistent")]
    public async Task A_fleet_that_is_not_here_has_no_files(string fleet) => await new SyntaxCheck(Options).RunAsync(fleet, default);

    private static void Write(TestFolder folder, string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
