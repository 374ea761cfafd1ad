using Microsoft.Extensions.Time.Testing;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;

namespace NixDeploy.Tests.Journal;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RunLogTests
{
    private static readonly HostName Host = HostName.Parse("p620");

    private readonly MemoryStore store = new();
    private readonly FakeTimeProvider time = new(Chain.Noon);

    [Test]
    public async Task Events_are_numbered_chained_and_folded_in_the_order_of_their_appends()
    {
        await using var log = new RunLog(store, "r", time);
        _ = log.AppendAsync(new CopyStarted(Host));
        await log.AppendAsync(new HostActivated(Host));
        var read = await ReadAsync(store.ReadAsync("r", 1, default), 2);
        Assert.That(read.Select(e => e.Event), Is.EqualTo(new DeploymentEvent[] { new CopyStarted(Host), new HostActivated(Host) }));
        Assert.That(read.Select(e => (e.Sequence, e.At)), Is.EqualTo(new[] { (1L, Chain.Noon), (2L, Chain.Noon) }));
        Assert.That(AuditChain.FirstBroken(read), Is.Null);
        Assert.That(log.State.LastAt, Is.EqualTo(Chain.Noon));
    }

    [Test]
    public async Task Events_that_come_while_the_disk_is_busy_are_one_group()
    {
        var disk = new TaskCompletionSource();
        store.Ready = disk.Task;
        await using var log = new RunLog(store, "r", time);
        var first = log.AppendAsync(new CopyStarted(Host));
        await Task.Yield();
        var others = Enumerable.Range(0, 1000).Select(i => log.AppendAsync(new HostCopied(Host, i, 0, 0))).ToArray();
        Assert.That(others.Any(t => t.IsCompleted), Is.False, "nothing is durable before the disk says so");
        disk.SetResult();
        await Task.WhenAll([first, .. others]);
        Assert.That(store.Groups, Has.Count.LessThanOrEqualTo(2));
        Assert.That(store.Groups.Sum(), Is.EqualTo(1001));
    }

    [Test]
    public async Task An_append_is_durable_when_it_completes_whoever_appends()
    {
        await using var log = new RunLog(store, "r", time);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await log.AppendAsync(new HostCopied(Host, i, writer, 0));
                var durable = await ReadAsync(store.ReadAsync("r", 1, default), int.MaxValue);
                Assert.That(durable.Select(e => e.Event), Has.Member(new HostCopied(Host, i, writer, 0)));
            }
        })));
        var all = await ReadAsync(store.ReadAsync("r", 1, default), int.MaxValue);
        Assert.That(AuditChain.FirstBroken(all), Is.Null);
        foreach (var writer in all.GroupBy(e => ((HostCopied)e.Event).Bytes))
        {
            Assert.That(writer.Select(e => ((HostCopied)e.Event).Paths), Is.Ordered, "each writer's events keep their order");
        }
    }

    [Test]
    public async Task Readers_follow_from_any_number_until_the_log_is_closed()
    {
        var log = new RunLog(store, "r", time);
        await log.AppendAsync(new CopyStarted(Host));
        var readers = new[] { 0L, 1, 2, 5, 7 }.Select(from => (From: from, Read: ReadAsync(log.FollowAsync(from, default), int.MaxValue))).ToArray();
        for (var i = 0; i < 5; i++)
        {
            await log.AppendAsync(new HostBuilt(Host));
        }

        await log.DisposeAsync();
        foreach (var (from, read) in readers)
        {
            var expected = Enumerable.Range(1, 6).Select(n => (long)n).Where(n => n >= from);
            Assert.That((await read).Select(e => e.Sequence), Is.EqualTo(expected), $"from {from}");
        }
    }

    [Test]
    public async Task A_reader_that_leaves_stops_nothing()
    {
        await using var log = new RunLog(store, "r", time);
        using var leave = new CancellationTokenSource();
        var reader = ReadAsync(log.FollowAsync(1, leave.Token), int.MaxValue);
        await leave.CancelAsync();
        Assert.That(() => reader, Throws.InstanceOf<OperationCanceledException>());
        await log.AppendAsync(new StopRequested());
        Assert.That(log.State.StopRequested, Is.True);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_store_that_fails_once_fails_every_later_append_with_the_same_error(bool ours)
    {
        await using var log = new RunLog(store, "r", time);
        await log.AppendAsync(new CopyStarted(Host));
        store.Fails = ours ? new StateException("ND0714", "full") : new InvalidOperationException("odd");
        var error = Assert.ThrowsAsync<StateException>(() => log.AppendAsync(new HostActivated(Host)))!;
        Assert.That(error.Code, Is.EqualTo(ours ? "ND0714" : "ND0703"));
        store.Fails = null;
        Assert.That(Assert.ThrowsAsync<StateException>(() => log.AppendAsync(new HostHealthy(Host))), Is.SameAs(error));
        Assert.That(log.Fault, Is.SameAs(error));
        Assert.That(await ReadAsync(store.ReadAsync("r", 1, default), int.MaxValue), Has.Count.EqualTo(1));
        Assert.That(log.State.Elapsed, Is.EqualTo(TimeSpan.Zero), "what is not durable is not part of the state");
    }

    [Test]
    public async Task A_closed_log_takes_nothing()
    {
        var log = new RunLog(store, "r", time);
        await log.DisposeAsync();
        Assert.That(() => log.AppendAsync(new StopRequested()), Throws.TypeOf<StateException>().With.Property("Code").EqualTo("ND0702"));
    }

    [Test]
    public async Task A_run_is_continued_where_it_ended()
    {
        await using (var log = new RunLog(store, "r", time))
        {
            await log.AppendAsync(new CopyStarted(Host));
        }

        await using var resumed = new RunLog(store, "r", time, await ReadAsync(store.ReadAsync("r", 1, default), int.MaxValue));
        await resumed.AppendAsync(new StopRequested());
        var all = await ReadAsync(store.ReadAsync("r", 1, default), int.MaxValue);
        Assert.That(all.Select(e => e.Sequence), Is.EqualTo([1L, 2L]));
        Assert.That(AuditChain.FirstBroken(all), Is.Null);
        Assert.That(await ReadAsync(resumed.FollowAsync(1, default), 2), Has.Count.EqualTo(2));
    }

    private static async Task<List<RecordedEvent>> ReadAsync(IAsyncEnumerable<RecordedEvent> events, int most)
    {
        var read = new List<RecordedEvent>();
        await foreach (var recorded in events)
        {
            read.Add(recorded);
            if (read.Count == most)
            {
                break;
            }
        }

        return read;
    }
}
