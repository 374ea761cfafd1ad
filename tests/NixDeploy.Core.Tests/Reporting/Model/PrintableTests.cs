using CsCheck;
using NixDeploy.Reporting.Model;

namespace NixDeploy.Tests.Reporting.Model;

internal sealed class PrintableTests
{
    [TestCase("plain", "plain")]
    [TestCase("\u001b[31mred\u001b[0m", "red")]
    [TestCase("\u001b]0;title\u0007after", "after")]
    [TestCase("\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link")]
    [TestCase("\u001b]0;never closed", "")]
    [TestCase("\u001bcreset", "reset")]
    [TestCase("\u009b2Jcleared", "cleared")]
    [TestCase("a\u001b", "a")]
    [TestCase("a\rb\nc\td", "a b c d")]
    [TestCase("a\u202eb\u2066c\u200bd\ufeffe", "abcde")]
    [TestCase("a\u2028b", "a b")]
    [TestCase("bell\a, backspace\b, null\0, delete\u007f", "bell, backspace, null, delete")]
    [TestCase("é ä 日本 😀", "é ä 日本 😀")]
    public void A_line_is_a_line(string text, string shown) => Assert.That(Printable.Line(text), Is.EqualTo(shown));

    [Test]
    public void Whatever_comes_nothing_steers_the_terminal() => Gen.String[Gen.Char, 0, 60].Sample(
        text => Printable.Line(text).All(c => !char.IsControl(c)) && Printable.Lines(text).All(l => !l.Contains('\n', StringComparison.Ordinal)));

    [Test]
    public void A_line_without_end_is_cut() => Assert.That(Printable.Line(new string('x', 100_000)), Has.Length.LessThan(2100));

    [Test]
    public void Half_a_surrogate_pair_is_no_reason_to_fail() => Assert.That(Printable.Line("a\ud800b"), Is.EqualTo("a\ufffdb"));
}
