using Cake.Core;
using Cake.Frosting.Compat.Tests.Support;

namespace Cake.Frosting.Compat.Tests.Lifetimes;

public sealed class LifetimeTests
{
    private static readonly string[] BothEnds = ["setup", "task", "teardown"];

    [Test]
    public void A_lifetime_is_both_ends_of_a_run() =>
        Assert.That(
            BuildRun.Of(host => host.WithTask<Works>().UseLifetime<Lifetime>(), "--target=Works").Steps,
            Is.EqualTo(BothEnds));

    [Test]
    public void Both_ends_can_be_set_apart() =>
        Assert.That(
            BuildRun.Of(host => host.WithTask<Works>().UseSetup<RunSetup>().UseTeardown<RunTeardown>(), "--target=Works").Steps,
            Is.EqualTo(BothEnds));

    [Test]
    public void The_last_one_set_counts() =>
        Assert.That(
            BuildRun.Of(host => host.WithTask<Works>().UseLifetime<Lifetime>().UseSetup<OtherSetup>(), "--target=Works").Steps,
            Is.EqualTo(["other setup", "task", "teardown"]));

    [Test]
    public void A_dry_run_runs_both_ends_and_no_task()
    {
        var run = BuildRun.Of(host => host.WithTask<Works>().UseLifetime<Lifetime>(), "--target=Works", "--dryrun");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(run.Steps, Is.EqualTo(["setup", "teardown"]));
            Assert.That(run.Output, Does.Contain("Works"));
        });
    }

    [Test]
    public void A_failure_in_setup_stops_the_build_and_teardown_still_runs()
    {
        var run = BuildRun.Of(host => host.WithTask<Works>().UseSetup<FailingSetup>().UseTeardown<RunTeardown>(), "--target=Works");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(-1));
            Assert.That(run.Steps, Is.EqualTo(["teardown after: no setup today"]));
        });
    }

    [Test]
    public void Teardown_is_told_what_a_task_failed_with()
    {
        var run = BuildRun.Of(host => host.WithTask<Fails>().UseTeardown<RunTeardown>(), "--target=Fails");
        Assert.That(run.Steps, Is.EqualTo(["teardown after: expected"]));
    }

    [Test]
    public void A_task_lifetime_is_both_ends_of_each_task() =>
        Assert.That(
            BuildRun.Of(host => host.WithTask<Works>().UseTaskLifetime<TaskLifetime>(), "--target=Works").Steps,
            Is.EqualTo(["before Works", "task", "after Works"]));

    [Test]
    public void Both_ends_of_tasks_can_be_set_apart() =>
        Assert.That(
            BuildRun.Of(host => host.WithTask<Works>().UseTaskSetup<TaskSetup>().UseTaskTeardown<TaskTeardown>(), "--target=Works").Steps,
            Is.EqualTo(["before Works", "task", "after Works"]));

    private sealed class Works : FrostingTask<StepsContext>
    {
        public override void Run(StepsContext context) => context.Did("task");
    }

    private sealed class Fails : FrostingTask
    {
        public override void Run(ICakeContext context) => throw new InvalidOperationException("expected");
    }

    private sealed class Lifetime : FrostingLifetime<StepsContext>
    {
        public override void Setup(StepsContext context, ISetupContext info) => context.Did("setup");

        public override void Teardown(StepsContext context, ITeardownContext info) => context.Did("teardown");
    }

    private sealed class RunSetup : FrostingSetup<StepsContext>
    {
        public override void Setup(StepsContext context, ISetupContext info) => context.Did("setup");
    }

    private sealed class OtherSetup : FrostingSetup<StepsContext>
    {
        public override void Setup(StepsContext context, ISetupContext info) => context.Did("other setup");
    }

    private sealed class FailingSetup : FrostingSetup
    {
        public override void Setup(ICakeContext context, ISetupContext info) => throw new InvalidOperationException("no setup today");
    }

    private sealed class RunTeardown : FrostingTeardown<StepsContext>
    {
        public override void Teardown(StepsContext context, ITeardownContext info) =>
            context.Did(info.Successful ? "teardown" : $"teardown after: {info.ThrownException.Message}");
    }

    private sealed class TaskLifetime : FrostingTaskLifetime<StepsContext>
    {
        public override void Setup(StepsContext context, ITaskSetupContext info) => context.Did($"before {info.Task.Name}");

        public override void Teardown(StepsContext context, ITaskTeardownContext info) => context.Did($"after {info.Task.Name}");
    }

    private sealed class TaskSetup : FrostingTaskSetup<StepsContext>
    {
        public override void Setup(StepsContext context, ITaskSetupContext info) => context.Did($"before {info.Task.Name}");
    }

    private sealed class TaskTeardown : FrostingTaskTeardown<StepsContext>
    {
        public override void Teardown(StepsContext context, ITaskTeardownContext info) => context.Did($"after {info.Task.Name}");
    }
}
