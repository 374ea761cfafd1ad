using CsCheck;
using NixDeploy.Changes;
using static NixDeploy.Tests.Changes.ContentsGen;

namespace NixDeploy.Tests.Changes;

internal sealed class ContentsReaderTests
{
    private static readonly Gen<string> Line = Gen.Select(
        Gen.OneOf("system", "path", "size", "users", "unit", "etc", "kernel", "specialisation", "nixos-version", ""),
        Gen.OneOf(Gen.String, Gen.OneOf("/nix/store/x", PathOf("a-1").Value, "12", "-1", "{\"users\":[1]}", "yes", "{", "[]")).Array[0, 3],
        (key, values) => string.Join('\t', [key, .. values]));

    [Test]
    public void Nonsense_is_refused_in_one_way() => Line.Array[0, 6].Sample(lines =>
    {
        try
        {
            Read(lines);
        }
        catch (FormatException)
        {
            // The key is named, and the caller makes a sentence of it.
        }
    });

    [Test]
    public void Every_path_has_a_size() => Assert.That(() => Read("system\tx", $"path\t{PathOf("a-1")}"), Throws.InstanceOf<FormatException>().With.Message.EqualTo("size"));

    [Test]
    public void The_users_of_specialisations_and_containers_are_not_the_systems() => Assert.That(
        Read("system\tx", "users\tno\t{\"users\":[{\"name\":\"inner\"}]}", "users\tyes\t{\"users\":[{\"name\":\"outer\"}]}")!.Users,
        Is.EqualTo(new[] { "outer" }));

    private static SystemContents? Read(params string[] lines)
    {
        var read = ScriptText.Lines(string.Join('\n', [.. lines, ScriptText.End, ""]))!;
        return ContentsReader.Read(PathOf("nixos-system-h-1"), key => read[key]);
    }
}
