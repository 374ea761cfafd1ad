using CsCheck;
using NixDeploy.Nix;

namespace NixDeploy.Tests.Nix;

[TestFixture]
public class NixTextTests
{
    [TestCase("a", "\"a\"")]
    [TestCase("\"", "\"\\\"\"")]
    [TestCase("\\", "\"\\\\\"")]
    [TestCase("${x}", "\"\\${x}\"")]
    [TestCase("a\nb\r\t", "\"a\\nb\\r\\t\"")]
    public void A_text_is_quoted(string text, string expected) => Assert.That(NixText.Quote(text), Is.EqualTo(expected));

    [Test]
    public void A_list_is_a_list()
    {
        Assert.That(NixText.List(["a", "b"]), Is.EqualTo("[ \"a\" \"b\" ]"));
        Assert.That(NixText.List([]), Is.EqualTo("[ ]"));
        Assert.That(() => NixText.Quote("a\0b"), Throws.ArgumentException);
    }

    [Test]
    public async Task Nix_reads_every_text_as_what_it_was()
    {
        TestNix.Require();
        var texts = Gen.String[Gen.OneOf(Gen.Char["\"\\${}'\n\r\t` ;ü€"], Gen.Char[' ', '~']), 0, 20].Array[200].Single();
        texts = [.. texts, "$${x}", "\\${x}", "''${x}", "${\"a\"}"];

        var read = await new NixCommand(TestNix.Options).EvaluateAsync(["--expr", NixText.List(texts)], null, CancellationToken.None);

        Assert.That(read.Values<string>(), Is.EqualTo(texts));
    }
}
