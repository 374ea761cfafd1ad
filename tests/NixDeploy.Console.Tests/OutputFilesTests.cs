using NixDeploy.Planning;
using NixDeploy.Reporting.Plans;
using NixDeploy.Terminal;
using NixDeploy.Tests.Reporting.Model;

namespace NixDeploy.Tests.Terminal;

internal sealed class OutputFilesTests
{
    [Test]
    public void A_plan_is_written_wherever_it_is_asked_for()
    {
        using var folder = new TestFolder();
        string File(string name) => Path.Combine(folder.FullName, name);

        var files = new OutputFiles(new ConsoleOptions { JsonFile = File("p.json"), MarkdownFile = File("p.md"), GraphFile = File("p.GV") });
        files.Check();
        files.WritePlan(Sample.Plan, Sample.Roles);
        files.WriteJson(text => PlanJson.Write(Sample.Plan, text));
        Assert.That(System.IO.File.ReadAllText(File("p.md")), Is.EqualTo(string.Concat(PlanMarkdown.Lines(Sample.Plan, Sample.Roles).Select(l => l + "\n"))));
        Assert.That(System.IO.File.ReadAllText(File("p.GV")), Does.StartWith("digraph fleet {\n").And.Contain("  n1 -> n2;\n"));
        Assert.That(System.IO.File.ReadAllText(File("p.json")), Is.EqualTo(PlanJson.Write(Sample.Plan)));
    }

    [Test]
    public void Nothing_is_written_that_nobody_asked_for()
    {
        var files = new OutputFiles(new ConsoleOptions());
        files.Check();
        files.WritePlan(Sample.Plan, Sample.Roles);
        files.WriteJson(_ => Assert.Fail("there is no file"));
    }

    [TestCase("plan.png", "'.png'")]
    [TestCase("plan", "''")]
    [TestCase("plan.mdm", "(did you mean '.mmd'?)")]
    public void A_graph_of_an_unknown_kind_is_refused(string file, string told) => Assert.That(
        () => new OutputFiles(new ConsoleOptions { GraphFile = file }).Check(),
        Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0211").And.Message.StartsWith($"--graph={file}: ").And.Message.Contain(told));

    [Test]
    public void A_file_that_cannot_be_written_is_told_by_its_argument()
    {
        using var folder = new TestFolder();
        var missing = Path.Combine(folder.FullName, "none", "x.mmd");
        void Refuses(ConsoleOptions options, string start) => Assert.That(
            () => new OutputFiles(options).Check(), Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0214").And.Message.StartsWith(start));

        Refuses(new ConsoleOptions { JsonFile = missing }, $"--json={missing} ");
        Refuses(new ConsoleOptions { MarkdownFile = missing }, $"--markdown={missing} ");
        Refuses(new ConsoleOptions { GraphFile = missing }, $"--graph={missing} ");
        Refuses(new ConsoleOptions { MarkdownFile = folder.FullName }, $"--markdown={folder.FullName} cannot be written: that is a folder");
    }
}
