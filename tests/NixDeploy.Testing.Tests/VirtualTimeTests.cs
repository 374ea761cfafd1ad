namespace NixDeploy.Testing.Tests;

public sealed class VirtualTimeTests
{
    [Test]
    public void Waiting_is_free_and_in_order()
    {
        var time = new VirtualTime();
        var began = time.GetUtcNow();
        var seen = new List<string>();

        var end = time.Run(async () =>
        {
            await Task.WhenAll(Wait("b", 2), Wait("a", 1), Wait("c", 3600));
            return time.GetUtcNow();

            async Task Wait(string name, int seconds)
            {
                await Task.Delay(TimeSpan.FromSeconds(seconds), time);
                seen.Add(name);
            }
        });

        Assert.That(seen, Is.EqualTo(new[] { "a", "b", "c" }));
        Assert.That(end - began, Is.EqualTo(TimeSpan.FromHours(1)));
    }

    [Test]
    public void A_timeout_that_was_given_up_does_not_move_the_clock()
    {
        var time = new VirtualTime();

        var elapsed = time.Run(async () =>
        {
            using (new CancellationTokenSource(TimeSpan.FromHours(1), time))
            {
                await Task.Delay(TimeSpan.FromSeconds(1), time);
            }

            await Task.Delay(TimeSpan.FromSeconds(1), time);
            return time.GetElapsedTime(0);
        });

        Assert.That(elapsed, Is.EqualTo(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public void A_periodic_timer_ticks()
    {
        var time = new VirtualTime();

        var ticks = time.Run(async () =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5), time);
            for (var i = 0; i < 3; i++)
            {
                await timer.WaitForNextTickAsync();
            }

            return time.GetElapsedTime(0);
        });

        Assert.That(ticks, Is.EqualTo(TimeSpan.FromSeconds(15)));
    }

    [Test]
    public void Time_waits_for_work_in_the_thread_pool()
    {
        var time = new VirtualTime();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), time);

        var elapsed = time.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await Task.Run(() => SpinWait.SpinUntil(() => false, 1)).ConfigureAwait(false);
                limit.Token.ThrowIfCancellationRequested();
            }

            await Task.Delay(TimeSpan.FromSeconds(1), time).ConfigureAwait(false);
            return time.GetElapsedTime(0);
        });

        Assert.That(elapsed, Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void What_fails_fails_as_itself()
    {
        var time = new VirtualTime();

        Assert.That(() => time.Run<int>(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time);
            throw new InvalidOperationException("so it is");
        }), Throws.InvalidOperationException.With.Message.EqualTo("so it is"));
    }
}
