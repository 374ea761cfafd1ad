using System.Runtime.Versioning;
using NixDeploy.Events;
using NixDeploy.Journal;

namespace NixDeploy.Tests.Journal;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ApprovalFileTests
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"nixdeploy-{Guid.NewGuid():N}");
    private RunFolder folder = null!;

    [SetUp]
    public void Create() => Directory.CreateDirectory((folder = StateFolder.Open(path).Run("run")).Path);

    [TearDown]
    public void Remove() => Directory.Delete(path, recursive: true);

    [Test]
    [UnsupportedOSPlatform("windows")]
    public void The_first_answer_counts_and_is_for_its_owner_only()
    {
        Assert.That(ApprovalFile.Read(folder, 0), Is.Null);
        var answer = new ApprovalAnswer(false, "bob", "not on a \"Friday\"");
        ApprovalFile.Write(folder, "run", 0, answer);

        Assert.That(
            () => ApprovalFile.Write(folder, "run", 0, new ApprovalAnswer(true, "ann", "")),
            Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0617").And.Message.Contains("bob did not approve"));
        Assert.That(ApprovalFile.Read(folder, 0), Is.EqualTo(answer));
        Assert.That(ApprovalFile.Read(folder, 1), Is.Null, "another stage");
        var file = Directory.GetFiles(folder.Path).Single();
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("yes")]
    public void What_is_no_answer_is_none(string content)
    {
        File.WriteAllText(Path.Combine(folder.Path, "approval-0.json"), content);
        Assert.That(ApprovalFile.Read(folder, 0), Is.Null);
    }
}
