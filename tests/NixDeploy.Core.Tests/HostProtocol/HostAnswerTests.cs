using CsCheck;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Tests.HostProtocol;

internal sealed class HostAnswerTests
{
    private static readonly HostName Host = HostName.Parse("p620");

    [Test]
    public void Escaped_values_come_back_as_they_were() =>
        HostileText.Any.Sample(text => ScriptText.Unescape(Escape(text)) == text);

    [Test]
    public void A_backslash_that_escapes_nothing_stays() =>
        Assert.That(ScriptText.Unescape(@"\x \"), Is.EqualTo(@"\x \"));

    [Test]
    public void No_value_is_taken_for_another_line() =>
        HostileText.Any.Array[0, 8].Sample(values =>
        {
            var answer = Parse(FakeShellConnection.Answer([.. values.Select(v => $"log\tunit\t{Escape(v)}")]));
            return answer.All("log").Select(f => f[1]).SequenceEqual(values) && !answer.All("unit").Any();
        });

    [Test]
    public void Noise_around_an_answer_does_not_matter() =>
        Gen.Select(HostileText.Any.Where(t => !t.Contains(ScriptText.Begin, StringComparison.Ordinal)), HostileText.Any).Sample((before, after) =>
            Parse($"{before}\n{FakeShellConnection.Answer("boot\tb1")}{after}").Text("boot") == "b1");

    [Test]
    public void Whatever_a_host_writes_is_an_answer_or_an_error_of_ours() =>
        Gen.Select(HostileText.Any, HostileText.Any, Gen.Bool, Gen.Bool).Sample((a, b, begins, ends) =>
        {
            try
            {
                Parse($"{(begins ? ScriptText.Begin + "\n" : "")}{a}\n{(ends ? ScriptText.End + "\n" : "")}{b}").State();
            }
            catch (HostException)
            {
                // Said to the user; anything else would be a bug of ours.
            }
        });

    [TestCase("", "ND0401")]
    [TestCase("Last login: today\n$ ", "ND0401")]
    [TestCase("nixdeploy-begin 2\nnixdeploy-end\n", "ND0401")]
    [TestCase("# nixdeploy-begin 1\nnixdeploy-end\n", "ND0401")]
    [TestCase("nixdeploy-begin 1\nboot\tb1\n", "ND0402")]
    [TestCase("nixdeploy-begin 1\nlog\tx\tnixdeploy-end\n", "ND0402")]
    public void What_is_no_whole_answer_is_refused(string output, string code)
    {
        var error = Assert.Throws<HostException>(() => HostAnswer.Parse(Host, "inspect", new CommandResult(1, output, "sudo: a password is required\n")));
        Assert.That(error!.Code, Is.EqualTo(code));
        Assert.That(error.Message, Does.StartWith("p620: ").And.Contain("inspect").And.Contain("exit code 1: sudo: a password is required"));
    }

    [Test]
    public void An_endless_answer_is_refused()
    {
        var error = Assert.Throws<HostException>(() => Parse(new string('x', 17 * 1024 * 1024)));
        Assert.That(error!.Code, Is.EqualTo("ND0404"));
    }

    [Test]
    public void A_number_that_is_none_names_its_key()
    {
        var error = Assert.Throws<HostException>(() => Parse(FakeShellConnection.Answer("store-free\tmuch")).Number("store-free"));
        Assert.That(error!.Code, Is.EqualTo("ND0403"));
        Assert.That(error.Message, Does.Contain("'store-free'"));
    }

    private static HostAnswer Parse(string output) => HostAnswer.Parse(Host, "inspect", new CommandResult(0, output, ""));

    private static string Escape(string value) => value.Replace(@"\", @"\\", StringComparison.Ordinal)
        .Replace("\n", @"\n", StringComparison.Ordinal)
        .Replace("\t", @"\t", StringComparison.Ordinal);
}
