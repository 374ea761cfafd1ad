namespace Cake.Frosting.NixDeploy.Tests;

/// <summary>docs/commands.md, which people look tasks up in.</summary>
public sealed class CommandsPageTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Programs.Demo, "..", "..", "docs", "commands.md"));

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
