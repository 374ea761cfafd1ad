using Cake.Core;
using Cake.Core.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NixDeploy;

namespace Cake.Frosting.NixDeploy.Tests;

public sealed class ExitStatusTests
{
    private static int Run<TTask>(Exception? exception = null)
        where TTask : class, IFrostingTask
    {
        var status = new ExitStatus();
        var exitCode = new CakeHost()
            .UseExitStatus(status)
            .ConfigureServices(services => services
                .AddSingleton<ICakeLog>(new NullLog())
                .AddSingleton(new Failure(exception))
                .AddSingleton<IFrostingTask, Throws>()
                .AddSingleton<IFrostingTask, Tolerates>()
                .AddSingleton<IFrostingTask, SaysItself>()
                .AddSingleton<IFrostingTask, FailsAfterTolerating>())
            .Run([$"--target={typeof(TTask).Name}", "--verbosity=quiet"]);
        return status.After(exitCode);
    }

    [Test]
    public void Success_is_0() => Assert.That(Run<Throws>(), Is.Zero);

    [Test]
    public void A_host_that_cannot_be_asked_is_3() => Assert.That(Run<Throws>(new HostException("ND0000", "expected")), Is.EqualTo(3));

    [Test]
    public void A_wrong_argument_is_2() => Assert.That(Run<Throws>(new UsageException("ND0000", "expected")), Is.EqualTo(2));

    [Test]
    public void A_wrong_fleet_is_2() => Assert.That(Run<Throws>(new FleetException("ND0000", "expected")), Is.EqualTo(2));

    [Test]
    public void A_refusal_is_3() => Assert.That(Run<Throws>(new NixException("ND0000", "expected")), Is.EqualTo(3));

    [Test]
    public void A_cancelled_run_is_130() => Assert.That(Run<Throws>(new OperationCanceledException()), Is.EqualTo(130));

    [Test]
    public void Any_other_failure_is_what_cake_makes_of_it() => Assert.That(Run<Throws>(new InvalidOperationException("expected")), Is.EqualTo(-1));

    [Test]
    public void A_cause_counts() =>
        Assert.That(
            Run<Throws>(new AggregateException(new InvalidOperationException("outer", new UsageException("ND0000", "expected")))),
            Is.EqualTo(2));

    [Test]
    public void A_task_can_say_its_code_itself() => Assert.That(Run<SaysItself>(), Is.EqualTo(ExitCodes.Refused));

    [Test]
    public void A_failure_that_the_build_tolerates_is_0() => Assert.That(Run<Tolerates>(), Is.Zero);

    [Test]
    public void A_failure_that_the_build_tolerates_does_not_name_the_next_one() =>
        Assert.That(Run<FailsAfterTolerating>(), Is.EqualTo(-1));

    private sealed record Failure(Exception? Exception);

    private sealed class Throws(Failure failure) : FrostingTask
    {
        public override void Run(ICakeContext context)
        {
            if (failure.Exception is { } exception)
            {
                throw exception;
            }
        }
    }

    [ContinueOnError]
    private sealed class Tolerates : FrostingTask
    {
        public override void Run(ICakeContext context) => throw new UsageException("ND0000", "expected");
    }

    [IsDependentOn(typeof(Tolerates))]
    private sealed class FailsAfterTolerating : FrostingTask
    {
        public override void Run(ICakeContext context) => throw new InvalidOperationException("expected");
    }

    private sealed class SaysItself(ExitStatus status) : FrostingTask
    {
        public override void Run(ICakeContext context)
        {
            status.Code = ExitCodes.Refused;
            throw new CakeException("expected");
        }
    }
}
