using CliWrap;
using CliWrap.Buffered;
using CsCheck;
using Newtonsoft.Json.Linq;
using NixDeploy.Changes;
using NixDeploy.Nix;
using NixDeploy.Tests.Nix;

namespace NixDeploy.Tests.Changes;

internal sealed class NixVersionTests
{
    private static readonly string[] Cases =
    [
        "", "1", "1.0", "1.00", "01", "1.0pre", "1.0pre1", "pre", "1.0-pre", "1.0a", "1.0b", "1.0rc1", "1.0-rc1", "1.0.1", "1.0-1", "1.10", "1.9", "2.3a", "2.3.1",
        "2.3pre1", "2.3", "2.3.0", "2.5", "3.1.1", "3.0.13", "20250115", "unstable-2024-01-01", "2.40-66", "2.40-218", "0.0.1+date=2024", "a", "b", "...", "-", "1..2", "1.2", "é1",
    ];

    private static readonly Gen<string> Version = Gen.OneOf(
        Gen.String[Gen.Char["0123456789.-abpre"], 0, 10], Gen.Int[0, 12].Array[1, 4].Select(parts => string.Join('.', parts)), Gen.OneOf(Cases));

    [Test]
    public void The_order_is_total() => Gen.Select(Version, Version, Version).Sample((a, b, c) =>
    {
        int Compare(string x, string y) => Math.Sign(NixVersion.Order.Compare(x, y));
        Assert.That(Compare(a, a), Is.Zero);
        Assert.That(Compare(a, b), Is.EqualTo(-Compare(b, a)));
        if (Compare(a, b) <= 0 && Compare(b, c) <= 0)
        {
            Assert.That(Compare(a, c), Is.LessThanOrEqualTo(0));
            Assert.That(Compare(a, c), Is.EqualTo(0).Or.EqualTo(Math.Min(Compare(a, b), Compare(b, c))));
        }
    });

    [TestCase("1.0", "2.3", -1)]
    [TestCase("2.1", "2.3", -1)]
    [TestCase("2.3", "2.3", 0)]
    [TestCase("2.5", "2.3", 1)]
    [TestCase("3.1", "2.3", 1)]
    [TestCase("2.3.1", "2.3", 1)]
    [TestCase("2.3.1", "2.3a", 1)]
    [TestCase("2.3pre1", "2.3", -1)]
    [TestCase("2.3pre3", "2.3pre12", -1)]
    [TestCase("2.3a", "2.3c", -1)]
    [TestCase("2.3pre1", "2.3c", -1)]
    [TestCase("2.3pre1", "2.3q", -1)]
    [TestCase("20250115123456", "9", 1)]
    public void Versions_compare_as_Nix_documents_it(string left, string right, int order) =>
        Assert.That(Math.Sign(NixVersion.Order.Compare(left, right)), Is.EqualTo(order));

    [Test]
    public async Task Nix_itself_says_the_same()
    {
        TestNix.Require();
        var random = Version.Where(v => v.All(char.IsAscii)).Array[60].Single();
        string[] all = [.. Cases, .. random];
        var list = string.Join(' ', all.Select(NixText.Quote));
        var said = await EvaluateAsync($"let l = [ {list} ]; in map (a: map (builtins.compareVersions a) l) l");
        foreach (var (i, left) in all.Index())
        {
            Assert.That(all.Select(right => Math.Sign(NixVersion.Order.Compare(left, right))), Is.EqualTo(said[i]!.Values<int>()), $"{left} against {list}");
        }
    }

    internal static async Task<JToken> EvaluateAsync(string expression)
    {
        var result = await Cli.Wrap("nix-instantiate")
            .WithArguments(["--eval", "--strict", "--json", "--expr", expression])
            .WithEnvironmentVariables(TestNix.Options.Environment)
            .ExecuteBufferedAsync();
        return JToken.Parse(result.StandardOutput);
    }
}
