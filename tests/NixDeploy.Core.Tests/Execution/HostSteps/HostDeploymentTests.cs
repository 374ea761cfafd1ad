using NixDeploy.Events;
using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution.HostSteps;

/// <summary>One host's work, begun by one process and carried on by another one that knows the log alone.</summary>
[TestFixture]
internal sealed class HostDeploymentTests
{
    [Test]
    public void A_host_is_prepared_activated_and_committed()
    {
        var one = new OneHost();
        Assert.That(Work(one, NewProcess(one)), Is.EqualTo(HostStatus.Deployed));
        Assert.That(one.Told.Where(e => e is not CheckObserved).Select(e => e.GetType()), Is.EqualTo(new[]
        {
            typeof(CopyStarted), typeof(HostCopied), typeof(ActivationStarted), typeof(HostActivated), typeof(HostHealthy), typeof(CommitStarted), typeof(HostCommitted),
        }));
        Assert.That(one.Web.Lock, Is.Null);
    }

    [Test]
    public void A_prepared_host_whose_lock_is_gone_is_prepared_again()
    {
        var one = new OneHost();
        one.Time.Run(async () =>
        {
            await NewProcess(one).PrepareAsync(waits: false, default);
            return true;
        });
        one.Web.PowerCycle();
        Assert.That(Work(one, NewProcess(one)), Is.EqualTo(HostStatus.Deployed));
        Assert.That(one.Told.OfType<HostCopied>().Count(), Is.EqualTo(2));
    }

    [Test]
    public void A_trial_that_another_process_began_is_committed_and_not_activated_again()
    {
        var one = OnTrial();
        Assert.That(Work(one, NewProcess(one)), Is.EqualTo(HostStatus.Deployed));
        Assert.That(one.Web.Activated, Is.EqualTo(new[] { OneHost.New }));
    }

    [Test]
    public void A_host_whose_guard_rolled_back_meanwhile_is_reported_so()
    {
        var one = OnTrial();
        one.Time.Run(async () =>
        {
            await Task.Delay(TimeSpan.FromMinutes(1), one.Time);
            return true;
        });
        Assert.That(Work(one, NewProcess(one)), Is.EqualTo(HostStatus.RolledBack));
        Assert.That(one.Told.OfType<HostRolledBack>().Single().ByGuard);
        Assert.That(one.Told.OfType<HostFailed>().Single().Problem.Code, Is.EqualTo("ND0630"));
    }

    [Test]
    public void A_rollback_that_another_process_began_is_continued()
    {
        var one = OnTrial();
        one.Told.Add(new HostFailed(one.Plan.Host, new Problem("ND0605", "It failed."), Activated: true));
        one.Told.Add(new RollbackStarted(one.Plan.Host, "It failed."));
        Assert.That(Work(one, NewProcess(one)), Is.EqualTo(HostStatus.RolledBack));
        Assert.That(one.Web.CurrentSystem, Is.EqualTo(one.Plan.From.System));
    }

    [Test]
    public void A_reboot_that_the_host_never_heard_of_is_begun_again()
    {
        var one = new OneHost(plan => plan with { Reboot = new RebootPlan(RebootPolicy.Always, TimeSpan.FromMinutes(10)) });
        one.Web.FailAt(HostStep.Reboot, SimulatedFault.LoseConnection);
        var deployment = NewProcess(one);
        using var end = new CancellationTokenSource();
        one.Time.Run(async () =>
        {
            await deployment.PrepareAsync(waits: false, default);
            var working = deployment.ActivateAsync(Milestone.Committed, end.Token);
            await Task.Delay(TimeSpan.FromSeconds(5), one.Time);
            await end.CancelAsync();
            try
            {
                await working;
            }
            catch (OperationCanceledException)
            {
                // The process has ended.
            }

            return true;
        });
        Assert.That(one.Told.Last(), Is.TypeOf<RebootStarted>());
        Assert.That(Work(one, NewProcess(one)), Is.EqualTo(HostStatus.Deployed));
        Assert.That(one.Steps.Count(s => s == HostStep.Reboot), Is.EqualTo(2));
    }

    [Test]
    public void A_held_host_is_renewed_by_whoever_carries_the_run_on()
    {
        var one = new OneHost();
        one.Time.Run(async () =>
        {
            await using (var first = NewProcess(one))
            {
                await first.PrepareAsync(waits: true, default);
                await first.ActivateAsync(Milestone.Healthy, default);
            }

            await using var second = NewProcess(one);
            await Task.Delay(TimeSpan.FromMinutes(5), one.Time);
            await second.ActivateAsync(Milestone.Committed, default);
            return true;
        });
        Assert.That(one.Told.Last(), Is.TypeOf<HostCommitted>());
    }

    /// <summary>A process has activated the host, and is gone.</summary>
    private static OneHost OnTrial()
    {
        var one = new OneHost();
        one.Time.Run(async () =>
        {
            await one.Preparation.RunAsync(waits: false, default);
            one.Told.Add(new ActivationStarted(one.Plan.Host, one.Plan.From, one.Plan.To));
            return await one.Driver.ActivateAsync(OneHost.New, ActivationMode.Switch, null, isRollback: false, default);
        });
        return one;
    }

    private static HostDeployment NewProcess(OneHost one)
    {
        var deployment = new HostDeployment(one.Run, one.Plan);
        deployment.Resume(Log(one));
        one.Observe = deployment.Observe;
        return deployment;
    }

    private static HostProgress Log(OneHost one) => one.Told.OfType<HostEvent>().Aggregate(
        new HostProgress(one.Plan.Host, HostStatus.Pending, one.Plan.From) { To = one.Plan.To, Built = true }, (host, happened) => Reducer.Apply(host, happened, one.Time.GetUtcNow()));

    private static HostStatus Work(OneHost one, HostDeployment deployment) => one.Time.Run(async () =>
    {
        await using (deployment)
        {
            if (Log(one).Reached is null)
            {
                await deployment.PrepareAsync(waits: false, default);
            }

            if (!Log(one).Ended)
            {
                await deployment.ActivateAsync(Milestone.Committed, default);
            }
        }

        return Log(one).Status;
    });
}
