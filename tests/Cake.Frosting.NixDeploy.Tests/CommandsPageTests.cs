namespace Cake.Frosting.NixDeploy.Tests;

/// <summary>docs/commands.md, which people look tasks up in.</summary>
public sealed class CommandsPageTests
{
    private const string Begin = "<!-- arguments: generated -->\n";

    private static readonly string Page = Path.Combine(Programs.Demo, "..", "..", "docs", "commands.md");
    private static readonly string[] Lines = File.ReadAllLines(Page);

    [Test]
    public void The_table_of_arguments_is_made_of_their_declarations()
    {
        var text = File.ReadAllText(Page);
        var expected = text[..(text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)] + Argument.Table + text[text.IndexOf("<!-- /arguments -->", StringComparison.Ordinal)..];
        if (Environment.GetEnvironmentVariable("NIXDEPLOY_WRITE_DOCS") == "1")
        {
            File.WriteAllText(Page, expected);
        }
        else
        {
            Assert.That(text, Is.EqualTo(expected), "docs/commands.md is out of date; run the tests once with NIXDEPLOY_WRITE_DOCS=1.");
        }
    }

    [Test]
    public void Every_task_of_a_declaration_exists() =>
        Assert.That(Argument.All.SelectMany(a => a.Tasks).Distinct(), Is.EquivalentTo(NixDeployTasks.All.Select(t => t.Name[..^"Task".Length])));

    [Test]
    public void Every_task_is_told_once()
    {
        var told = Lines.SkipWhile(l => l != "| task | does |").Skip(2).TakeWhile(l => l.Length > 0).SelectMany(l => l.Split('|')[1].Split(',', StringSplitOptions.TrimEntries)).ToList();
        var tasks = NixDeployTasks.All.Select(t => t.Name[..^"Task".Length]);
        Assert.That(told, Is.Unique);
        Assert.That(tasks, Is.SubsetOf(told));
    }

    [Test]
    public void Nothing_of_a_merge_is_left() => Assert.That(Lines, Has.None.Match("^(<{7}|={7}|>{7})"));
}
