using NixDeploy.Events;
using NixDeploy.Journal;

namespace NixDeploy.Tests.Journal;

/// <summary>What every way of giving a run commands does.</summary>
public abstract class RunCommandsContract
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    /// <summary>Opens the commands of one run; a second call opens the same ones once more, as another process would.</summary>
    protected abstract IRunCommands Open();

    [Test]
    public async Task A_command_reaches_the_run_whether_it_came_before_or_after_it_listened()
    {
        var (run, person) = (Open(), Open());
        Assert.That(await person.SendAsync(new RunCommand.Approve(0, "me")), Is.Null);
        using var end = new CancellationTokenSource(Deadline);
        await using var heard = run.ListenAsync(end.Token).GetAsyncEnumerator();
        Assert.That(await heard.MoveNextAsync(), Is.True);
        Assert.That(heard.Current, Is.EqualTo(new RunCommand.Approve(0, "me")));

        var next = heard.MoveNextAsync();
        await person.SendAsync(new RunCommand.Reject(1, "you", "too late"));
        Assert.That(await next, Is.True);
        Assert.That(heard.Current, Is.EqualTo(new RunCommand.Reject(1, "you", "too late")), "and the first one once only");

        await person.SendAsync(new RunCommand.Cancel("us", "enough"));
        Assert.That(await heard.MoveNextAsync(), Is.True);
        Assert.That(heard.Current, Is.EqualTo(new RunCommand.Cancel("us", "enough")));
    }

    [Test]
    public async Task The_first_answer_to_a_question_counts()
    {
        var first = new RunCommand.Reject(3, "me", "no");
        Assert.That(await Open().SendAsync(first), Is.Null);
        Assert.That(await Open().SendAsync(new RunCommand.Approve(3, "you")), Is.EqualTo(first));
        Assert.That(await Open().SendAsync(new RunCommand.Approve(4, "you")), Is.Null, "another question");
        Assert.That(await Open().SendAsync(new RunCommand.Cancel("me", "")), Is.Null);
        Assert.That(await Open().SendAsync(new RunCommand.Cancel("you", "")), Is.EqualTo(new RunCommand.Cancel("me", "")));
    }

    [Test]
    public async Task Of_many_answers_at_once_one_counts()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => Open().SendAsync(new RunCommand.Approve(0, $"{i}")))));
        Assert.That(answers.Count(a => a is null), Is.EqualTo(1));
        Assert.That(answers.OfType<RunCommand>().Distinct(), Has.Exactly(1).Items);
    }

    [Test]
    public async Task Listening_ends_when_it_is_cancelled()
    {
        using var end = new CancellationTokenSource();
        var listening = Open().ListenAsync(end.Token).ToListAsync().AsTask();
        await end.CancelAsync();
        Assert.That(await listening.WaitAsync(Deadline), Is.Empty);
    }
}

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FolderRunCommandsTests : RunCommandsContract
{
    private readonly string path = Directory.CreateTempSubdirectory("nixdeploy-").FullName;

    private RunFolder Folder => StateFolder.Open(path).Run("run");

    [SetUp]
    public void Create() => Directory.CreateDirectory(Folder.Path);

    [TearDown]
    public void Remove() => Directory.Delete(path, recursive: true);

    protected override IRunCommands Open() => new FolderRunCommands(Folder, TimeProvider.System);

    [Test]
    public void A_folder_that_is_gone_is_said()
    {
        Directory.Delete(Folder.Path);
        Assert.That(() => Open().SendAsync(new RunCommand.Approve(0, "me")), Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0713"));
    }

    [Test]
    public async Task An_answer_is_written_as_version_1_wrote_it()
    {
        await Open().SendAsync(new RunCommand.Reject(2, "me", "no"));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(Folder.Path, "approval-2.json")), Is.EqualTo("""{"approved":false,"by":"me","reason":"no"}"""));
        Assert.That(Directory.GetFiles(Folder.Path), Has.Length.EqualTo(1));
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("no json")]
    public async Task A_file_that_is_no_command_is_passed_over(string text)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder.Path, "approval-0.json"), text);
        await Open().SendAsync(new RunCommand.Approve(1, "me"));
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        Assert.That(await Open().ListenAsync(end.Token).FirstAsync(), Is.EqualTo(new RunCommand.Approve(1, "me")));
    }
}
