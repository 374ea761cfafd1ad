using NixDeploy.Events;
using NixDeploy.Planning;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution.HostSteps;

/// <summary>The one place that takes a host's lock.</summary>
[TestFixture]
internal sealed class HostLockingTests
{
    [Test]
    public void A_free_lock_is_taken_and_released()
    {
        var one = new OneHost();
        var transaction = one.Time.Run(() => one.Driver.Locking.AcquireAsync(OneHost.New, default));
        Assert.That(one.Web.Lock!.Fence, Is.EqualTo(transaction.Fence));

        one.Time.Run(async () =>
        {
            await one.Driver.Locking.ReleaseAsync(transaction, default);
            return true;
        });
        Assert.That(one.Web.Lock, Is.Null);
    }

    [Test]
    public void Another_runs_lock_is_an_error_where_nobody_may_wait()
    {
        var one = new OneHost();
        one.Time.Run(() => one.LockAsync("another"));
        Assert.That(
            () => one.Time.Run(() => one.Driver.Locking.AcquireAsync(OneHost.New, default)),
            Throws.TypeOf<HostException>().With.Property("Code").EqualTo("ND0602"));
    }

    [Test]
    public void A_lock_that_comes_free_in_time_is_waited_for()
    {
        var one = new OneHost();
        var answer = one.Time.Run(async () =>
        {
            var other = await one.LockAsync("another");
            var waiting = one.Driver.Locking.AcquireAsync(OneHost.New, [], new LockPolicy { Wait = TimeSpan.FromMinutes(1) }, default);
            await Task.Delay(TimeSpan.FromSeconds(10), one.Time);
            await one.ElsewhereAsync(async session =>
            {
                await session.ReleaseAsync(other, default);
                return true;
            });
            return await waiting;
        });
        Assert.That(answer.Transaction, Is.Not.Null);
        Assert.That(one.Told.Select(e => e.GetType()), Is.EqualTo(new[] { typeof(LockAwaited) }), "it is said once");
    }

    [Test]
    public void A_lock_that_is_held_for_too_long_is_answered_with_its_holder()
    {
        var one = new OneHost();
        var answer = one.Time.Run(async () =>
        {
            await one.LockAsync("another");
            return await one.Driver.Locking.AcquireAsync(OneHost.New, [], new LockPolicy { Wait = TimeSpan.FromSeconds(5) }, default);
        });
        Assert.That(answer.Transaction, Is.Null);
        Assert.That(answer.HeldBy!.Run, Is.EqualTo("another"));
    }

    [Test]
    public void A_lock_is_broken_where_the_policy_says_so()
    {
        var one = new OneHost();
        var answer = one.Time.Run(async () =>
        {
            await one.LockAsync("another");
            return await one.Driver.Locking.AcquireAsync(OneHost.New, [], new LockPolicy { Break = true }, default);
        });
        Assert.That(answer.Transaction, Is.Not.Null);
        Assert.That(one.Told.Single(), Is.TypeOf<LockBroken>());
    }

    [Test]
    public void A_connection_that_breaks_is_made_once_more()
    {
        var one = new OneHost();
        one.Web.FailAt(HostStep.Prepare, SimulatedFault.LoseAnswer);
        Assert.That(one.Time.Run(() => one.Driver.Locking.AcquireAsync(OneHost.New, default)).Run, Is.EqualTo("run"));
    }
}
