using CsCheck;
using Newtonsoft.Json.Linq;
using NixDeploy.Labs.Support;
using NixDeploy.Labs.Systems;

namespace NixDeploy.Labs.Tests.Systems;

public sealed class NixTextTests
{
    [TestCase("plain", "\"plain\"")]
    [TestCase("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [TestCase("${antiquotation} $HOME", "\"\\${antiquotation} \\$HOME\"")]
    [TestCase("two\nlines\tand\r", "\"two\\nlines\\tand\\r\"")]
    public void I_can_quote_a_string(string text, string expected) => Assert.That(NixText.Quote(text), Is.EqualTo(expected));

    [Test]
    public void I_can_read_what_is_written()
    {
        var value = JObject.Parse("""{ "units": { "a": { "exec": "x" }, "if": { "exec": "y", "type": "z" } }, "list": [ 1, -2, true, null ], "none": {} }""");

        Assert.That(NixText.From(value), Is.EqualTo(
            """
            {
              units = {
                a = { exec = "x"; };
                "if" = {
                  exec = "y";
                  type = "z";
                };
              };
              list = [ 1 (-2) true null ];
              none = { };
            }
            """));
    }

    [Test]
    public async Task Nix_reads_back_exactly_what_was_written()
    {
        if (!Tool.Exists("nix-instantiate"))
        {
            Assert.Ignore("Nix is not installed.");
        }

        var text = Gen.Char["\"\\$ {}'\n\r\tab;é°☃`(#/*"].Array[0, 20].Select(characters => new string(characters));
        var sample = new JObject { ["strings"] = new JArray(text.Array[300].Single().Cast<object>()) };
        foreach (var name in text.Array[100].Single().Distinct())
        {
            sample["name " + name] = -1;
        }

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, NixText.From(sample));
        var read = JObject.Parse(await Tool.RunAsync("nix-instantiate", ["--eval", "--strict", "--json", file], CancellationToken.None));
        File.Delete(file);

        Assert.That(read["strings"], Is.EqualTo(sample["strings"]));
        Assert.That(read.Properties().Select(p => p.Name), Is.EquivalentTo(sample.Properties().Select(p => p.Name)));
    }
}
