using Cake.Frosting.Compat.Tests.Support;

namespace Cake.Frosting.Compat.Tests.Annotations;

public sealed class AnnotationTests
{
    private static BuildRun Run<TOther>(params string[] arguments)
        where TOther : class, IFrostingTask =>
        BuildRun.Of(host => host.WithTask<First>().WithTask<TOther>(), arguments);

    [Test]
    public void A_task_is_called_as_its_class_is() => Assert.That(Run<Fails>("--target=First").Steps, Is.EqualTo(["First"]));

    [Test]
    public void A_task_can_be_given_a_name() =>
        Assert.That(Run<Renamed>("--target=other-name").Steps, Is.EqualTo(["First", "Renamed"]));

    [Test]
    public void The_list_of_tasks_shows_descriptions()
    {
        var run = Run<Renamed>("--description");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Output, Does.Match("other-name +Has a name"));
            Assert.That(run.Steps, Is.Empty);
        });
    }

    [Test]
    public void A_task_can_put_itself_before_another() =>
        Assert.That(Run<Before>("--target=First").Steps, Is.EqualTo(["Before", "First"]));

    [Test]
    public void A_task_that_continues_on_error_does_not_fail_the_build()
    {
        var run = BuildRun.Of(
            host => host.WithTask<First>().WithTask<Fails>().WithTask<Both>(),
            "--target=Both");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Steps, Is.EqualTo(["First"]));
        });
    }

    [Test]
    public void A_dependency_that_is_not_a_task_is_an_error() =>
        Assert.That(Run<DependsOnNothing>("--target=First").ExitCode, Is.EqualTo(-1));

    [Test]
    public void A_dependency_that_the_host_does_not_know_is_an_error() =>
        Assert.That(BuildRun.Of<Both>("--target=Both").ExitCode, Is.EqualTo(-1));

    [Test]
    public void Two_tasks_of_one_name_are_an_error() => Assert.That(Run<AlsoFirst>("--target=First").ExitCode, Is.EqualTo(-1));

    private sealed class First : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => context.Did("First");
    }

    [TaskName("other-name")]
    [TaskDescription("Has a name and a description.")]
    [IsDependentOn(typeof(First))]
    private sealed class Renamed : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => context.Did("Renamed");
    }

    [IsDependeeOf(typeof(First))]
    private sealed class Before : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => context.Did("Before");
    }

    [ContinueOnError]
    private sealed class Fails : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => throw new InvalidOperationException("expected");
    }

    [IsDependentOn(typeof(Fails))]
    [IsDependentOn(typeof(First))]
    private sealed class Both : FrostingTask;

    [IsDependentOn(typeof(string))]
    private sealed class DependsOnNothing : FrostingTask;

    [TaskName("first")]
    private sealed class AlsoFirst : FrostingTask;
}
