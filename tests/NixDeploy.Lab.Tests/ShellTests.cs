using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Tests;

public sealed class ShellTests
{
    private static IEnumerable<string> Scripts =>
        typeof(Lab).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sh", StringComparison.Ordinal));

    [TestCaseSource(nameof(Scripts))]
    public async Task Shellcheck_finds_nothing_in(string script)
    {
        if (!Tool.Exists("shellcheck"))
        {
            Assert.Ignore("shellcheck is not installed.");
        }

        var found = await Tool.TryAsync("shellcheck", ["-"], CancellationToken.None, Resource.Read(script));
        Assert.That(found.Output, Is.Empty);
    }
}
