using Cake.Frosting.Compat.Tests.Support;

namespace Cake.Frosting.Compat.Tests.Hosting;

public sealed class TaskDiscoveryTests
{
    private static readonly string Tasks =
        BuildRun.Of(host => host.AddAssembly(typeof(TaskDiscoveryTests).Assembly), "--tree").Output;

    [Test]
    public void Public_tasks_of_an_added_assembly_are_found() => Assert.That(Tasks, Does.Contain(nameof(DiscoveredTask)));

    [Test]
    public void Nested_public_tasks_are_found() => Assert.That(Tasks, Does.Contain(nameof(NestedTask)));

    [Test]
    public void Tasks_that_are_not_public_are_not_found() => Assert.That(Tasks, Does.Not.Contain(nameof(HiddenTask)));

    [Test]
    public void Abstract_tasks_are_not_found() => Assert.That(Tasks, Does.Not.Contain(nameof(UnfinishedTask)));

    [Test]
    public void An_assembly_added_twice_gives_tasks_of_the_same_name_which_is_an_error()
    {
        var run = BuildRun.Of(
            host => host
                .AddAssembly(typeof(TaskDiscoveryTests).Assembly)
                .AddAssembly(typeof(TaskDiscoveryTests).Assembly),
            "--target", nameof(DiscoveredTask));
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(-1));
            Assert.That(run.Steps, Is.Empty);
        });
    }

    public sealed class NestedTask : FrostingTask;

    public abstract class UnfinishedTask : FrostingTask;

    internal sealed class HiddenTask : FrostingTask;
}

public sealed class DiscoveredTask : FrostingTask;
