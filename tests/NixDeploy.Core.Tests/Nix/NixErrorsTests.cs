using NixDeploy.Nix;

namespace NixDeploy.Tests.Nix;

[TestFixture]
public class NixErrorsTests
{
    [TestCase("\u001b[31;1merror:\u001b[0m it is broken\n(use '--show-trace' to show detailed location information)\n", "it is broken")]
    [TestCase("warning: Git tree is dirty\nerror: syntax error, unexpected end of file\n\n       at /x.nix:1:6:\n\n            1| { a =\n             |      ^\n", "syntax error, unexpected end of file\nat /x.nix:1:6:")]
    [TestCase("error:\n       … while evaluating the attribute 'a'\n         at /x.nix:3:5:\n            2| {\n            3|   a = b;\n             |   ^\n\n       (stack trace truncated; use '--show-trace' to show the full, detailed trace)\n\n       error: undefined variable 'b'\n       at /x.nix:3:9:\n", "undefined variable 'b'\nat /x.nix:3:9:")]
    [TestCase("error:\n       Failed assertions:\n       - The root file system is not set.\n", "error:\nFailed assertions:\n- The root file system is not set.")]
    [TestCase("warning: x\nKilled\n", "Killed")]
    [TestCase("", "")]
    [TestCase("error: cannot fetch https://oauth2:TOKEN@example.org/x and git+https://TOKEN@example.org/y", "cannot fetch https://…@example.org/x and git+https://…@example.org/y")]
    public void What_matters_is_left(string stderr, string expected) => Assert.That(NixErrors.Essence(stderr), Is.EqualTo(expected));

    [Test]
    public void A_user_name_is_no_secret() => Assert.That(NixErrors.Secrets("git+ssh://git@example.org/x"), Is.EqualTo("git+ssh://git@example.org/x"));

    [Test]
    public void Another_programs_words_stand_before_the_error_that_it_failed() => Assert.That(
        NixErrors.Essence("warning: Git tree is dirty\nssh: Could not resolve hostname git.example: Name or service not known\nfatal: Could not read from remote repository.\nerror: program 'git' failed with exit code 128\n(use '--show-trace' to show detailed location information)\n"),
        Is.EqualTo("ssh: Could not resolve hostname git.example: Name or service not known\nfatal: Could not read from remote repository.\nerror: program 'git' failed with exit code 128"));
}
