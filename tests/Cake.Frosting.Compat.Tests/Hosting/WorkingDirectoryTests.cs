using Cake.Frosting.Compat.Tests.Support;

namespace Cake.Frosting.Compat.Tests.Hosting;

public sealed class WorkingDirectoryTests
{
    private string _before = "";
    private string _folder = "";

    [SetUp]
    public void MakeFolder()
    {
        _before = Environment.CurrentDirectory;
        _folder = Directory.CreateTempSubdirectory("frosting-").FullName;
    }

    [TearDown]
    public void RemoveFolder()
    {
        Environment.CurrentDirectory = _before;
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Tasks_work_where_the_program_was_started() =>
        Assert.That(BuildRun.Of<Where>("--target=Where").Steps, Is.EqualTo([_before]));

    [Test]
    public void The_program_can_set_another_folder() =>
        Assert.That(
            BuildRun.Of(host => host.WithTask<Where>().UseWorkingDirectory(_folder), "--target=Where").Steps,
            Is.EqualTo([_folder]));

    [Test]
    public void The_command_line_wins_over_the_program() =>
        Assert.That(
            BuildRun.Of(host => host.WithTask<Where>().UseWorkingDirectory("/"), "--target=Where", "--working", _folder).Steps,
            Is.EqualTo([_folder]));

    [Test]
    public void A_folder_that_is_not_there_is_an_error() =>
        Assert.That(BuildRun.Of<Where>("--target=Where", "--working", _folder + "/missing").ExitCode, Is.EqualTo(-1));

    private sealed class Where : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => context.Did(context.Environment.WorkingDirectory.FullPath);
    }
}
