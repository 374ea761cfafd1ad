using System.Text.RegularExpressions;

namespace NixDeploy.Tests.Hosts.Shell;

internal sealed class TransportErrorsTests
{
    [Test]
    public void Every_code_is_documented_and_no_other()
    {
        Assert.That(
            Codes(Path.Combine(Repository.Root, "docs", "errors-transports.md"), @"^\| (ND05\d\d)"),
            Is.EquivalentTo(Codes(Path.Combine(Repository.Root, "src", "NixDeploy.Core", "Hosts", "Shell", "TransportErrors.cs"), "\"(ND05\\d\\d)\"")));
    }

    private static List<string> Codes(string file, string pattern) =>
        [.. Regex.Matches(File.ReadAllText(file), pattern, RegexOptions.Multiline).Select(m => m.Groups[1].Value).Distinct()];
}
