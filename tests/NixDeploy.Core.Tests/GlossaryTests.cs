using System.Text.RegularExpressions;

namespace NixDeploy.Tests;

/// <summary>The words that docs/glossary.md retires do not come again.</summary>
public sealed partial class GlossaryTests
{
    private static readonly string[] Kinds = [".cs", ".md", ".sh", ".ps1", ".json", ".nix", ".csproj", ".props", ".targets", ".cake", ".txt"];

    /// <summary>Where retired words stand for what earlier versions wrote.</summary>
    private static readonly Regex Exempt = OldText();

    /// <summary>
    /// The earlier spelling of a setting that is still read, where it is written as a key or an argument: its declaration, the pages made of
    /// it, and the tests that read it.
    /// </summary>
    private static readonly Regex EarlierSpelling = EarlierKey();

    [Test]
    public async Task No_retired_word_is_used()
    {
        var root = Repository.Root;
        var retired = Retired(await File.ReadAllLinesAsync(Path.Combine(root, "docs", "glossary.md")));
        Assert.That(retired, Has.Count.GreaterThan(20), "the list is found");

        var hits = new List<string>();
        foreach (var path in TextFiles(root))
        {
            var text = EarlierSpelling.Replace(await File.ReadAllTextAsync(Path.Combine(root, path)), "earlier");
            hits.AddRange(retired.SelectMany(r => r.Found.Matches(text).Select(m => $"{path}:{LineOf(text, m.Index)}: {r.Word}; write: {r.Instead}")));
        }

        Assert.That(hits, Is.Empty, string.Join('\n', hits));
    }

    [TestCase("way back", "A way\n    /// back", true)]
    [TestCase("way back", "Ways_back", false)]
    [TestCase("taken back", "Hosts_are_TAKEN_back", true)]
    [TestCase("gives up.", "Gives up.</param>", true)]
    [TestCase("off-line", "It is off\n# line.", false)]
    [TestCase("off-line", "went Off-line", true)]
    [TestCase("OffLine", "HostOffLine", false)]
    [TestCase("OffLine", "offLine", false)]
    [TestCase("Leaving", "class Leaving(", true)]
    [TestCase("Leaving", "leaving", false)]
    public void A_retired_word_is_found_as_the_glossary_says(string word, string text, bool found) =>
        Assert.That(Pattern(word).IsMatch(text), Is.EqualTo(found));

    private static List<(string Word, string Instead, Regex Found)> Retired(IEnumerable<string> page) =>
    [
        .. page.SkipWhile(l => l != "```retired").Skip(1).TakeWhile(l => l != "```")
            .Select(l => l.Split('=', 2, StringSplitOptions.TrimEntries))
            .Select(p => (p[0], p[1], Pattern(p[0]))),
    ];

    private static Regex Pattern(string word)
    {
        var spaced = string.Join(@"(?:_|\s+(?:(?:///?|\#|\*|>)\s+)?)", word.Split(' ').Select(Regex.Escape));
        return new Regex($"(?<![A-Za-z]){spaced}(?![A-Za-z])", char.IsUpper(word[0]) ? RegexOptions.None : RegexOptions.IgnoreCase);
    }

    private static int LineOf(string text, int index) => text.AsSpan(0, index).Count('\n') + 1;

    private static IEnumerable<string> TextFiles(string root) =>
        new[] { "src", "tests", "build", "docs", "recipes" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(root))
            .Where(file => Kinds.Contains(Path.GetExtension(file)) || Path.GetFileName(file) == "justfile")
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(path => !Exempt.IsMatch(path))
            .Order(StringComparer.Ordinal);

    [GeneratedRegex("""(?<=["`.]|`--)off-line(?=\\?["`=]| is the earlier name of )""")]
    private static partial Regex EarlierKey();

    [GeneratedRegex(
        """
        ^docs/(glossary\.md|decisions/)
        |(^|/)(bin|obj)/
        |^tests/.*/Fixtures/v\d+/
        |^tests/.*/Resources/protocol-\d+/
        |^src/NixDeploy\.Core/Events/Upcasters[^/]*\.cs$
        |^src/NixDeploy\.Core/Fleets/Description/Retired[^/]*\.cs$
        |^tests/NixDeploy\.Core\.Tests/GlossaryTests\.cs$
        """,
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex OldText();
}
