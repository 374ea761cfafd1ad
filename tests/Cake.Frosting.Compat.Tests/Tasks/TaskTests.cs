using Cake.Frosting.Compat.Tests.Support;

namespace Cake.Frosting.Compat.Tests.Tasks;

public sealed class TaskTests
{
    [Test]
    public void An_asynchronous_task_is_awaited()
    {
        var run = BuildRun.Of(host => host.WithTask<Slow>().WithTask<AfterSlow>(), "--target=AfterSlow");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Steps, Is.EqualTo(["slow", "after"]));
        });
    }

    [TestCase("SyncFailure")]
    [TestCase("AsyncFailure")]
    public void Every_failure_is_minus_one_and_its_message_is_logged(string target)
    {
        var run = BuildRun.Of(host => host.WithTask<SyncFailure>().WithTask<AsyncFailure>(), $"--target={target}");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(-1));
            Assert.That(run.Output, Does.Contain("what went wrong"));
        });
    }

    [Test]
    public void A_task_that_says_it_should_not_run_is_skipped_with_its_reason()
    {
        var run = BuildRun.Of(host => host.WithTask<Unwilling>().WithTask<AfterUnwilling>(), "--target=AfterUnwilling", "--verbosity=verbose");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Steps, Is.EqualTo(["after"]));
            Assert.That(run.Output, Does.Contain("not today"));
        });
    }

    [Test]
    public void A_requested_task_that_says_it_should_not_run_is_an_error()
    {
        var run = BuildRun.Of<Unwilling>("--target=Unwilling");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(-1));
            Assert.That(run.Steps, Is.Empty);
        });
    }

    [Test]
    public void A_task_that_handles_its_error_does_not_fail_the_build()
    {
        var run = BuildRun.Of<Forgiving>("--target=Forgiving");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Steps, Is.EqualTo(["error: what went wrong", "finally"]));
        });
    }

    [Test]
    public void Finally_runs_after_a_failure_too()
    {
        var run = BuildRun.Of<FailsFinally>("--target=FailsFinally");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(-1));
            Assert.That(run.Steps, Is.EqualTo(["finally"]));
        });
    }

    [Test]
    public void A_task_for_another_context_is_left_out_with_a_warning()
    {
        var run = BuildRun.Of<Foreign>("--target=Foreign");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(-1));
            Assert.That(run.Output, Does.Contain(nameof(OtherContext)));
        });
    }

    [Test]
    public void A_task_typed_on_an_interface_takes_any_context_that_has_it()
    {
        var run = BuildRun.Of(
            host => host.UseContext<CountingContext>().WithTask<OnInterface>(),
            "--target=OnInterface");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Steps, Is.EqualTo(["counted"]));
        });
    }

    [Test]
    public void A_task_whose_context_is_named_by_a_further_base_class_is_taken_to_fit_and_fails_when_it_runs()
    {
        var run = BuildRun.Of<Grandchild>("--target=Grandchild");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(-1));
            Assert.That(run.Steps, Is.Empty);
        });
    }

    public interface ICountingContext : IFrostingContext
    {
        void Count();
    }

    private sealed class CountingContext(Core.ICakeContext context, Steps steps) : FrostingContext(context), ICountingContext
    {
        public void Count() => steps.Add("counted");
    }

    private sealed class OtherContext(Core.ICakeContext context) : FrostingContext(context);

    private sealed class OnInterface : AsyncFrostingTask<ICountingContext>
    {
        public override Task RunAsync(ICountingContext context)
        {
            context.Count();
            return Task.CompletedTask;
        }
    }

    private sealed class Foreign : FrostingTask<OtherContext>;

    private abstract class Child<T> : FrostingTask<T>
        where T : Core.ICakeContext;

    private sealed class Grandchild : Child<OtherContext>
    {
        public override void Run(OtherContext context) => throw new InvalidOperationException("never reached");
    }

    private sealed class Slow : AsyncFrostingTask<StepsContext>
    {
        public override async Task RunAsync(StepsContext context)
        {
            await Task.Yield();
            context.Did("slow");
        }
    }

    [IsDependentOn(typeof(Slow))]
    private sealed class AfterSlow : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => context.Did("after");
    }

    private sealed class SyncFailure : FrostingTask
    {
        public override void Run(Core.ICakeContext context) => throw new InvalidOperationException("what went wrong");
    }

    private sealed class AsyncFailure : AsyncFrostingTask
    {
        public override Task RunAsync(Core.ICakeContext context) =>
            Task.FromException(new InvalidOperationException("what went wrong"));
    }

    private sealed class Unwilling : FrostingTask<StepsContext>, IFrostingTask
    {
        string IFrostingTask.SkippedMessage => "not today";

        public override bool ShouldRun(StepsContext context) => false;

        public override void Run(StepsContext context) => context.Did("unwilling");
    }

    [IsDependentOn(typeof(Unwilling))]
    private sealed class AfterUnwilling : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => context.Did("after");
    }

    private sealed class Forgiving : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => throw new InvalidOperationException("what went wrong");

        public override void OnError(Exception exception, StepsContext context) => context.Did($"error: {exception.Message}");

        public override void Finally(StepsContext context) => context.Did("finally");
    }

    private sealed class FailsFinally : AsyncFrostingTask<StepsContext>
    {
        public override Task RunAsync(StepsContext context) => throw new InvalidOperationException("what went wrong");

        public override void Finally(StepsContext context) => context.Did("finally");
    }
}
