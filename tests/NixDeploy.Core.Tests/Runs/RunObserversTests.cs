using Microsoft.Extensions.Logging.Abstractions;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Runs;
using NixDeploy.Tests.Journal;

namespace NixDeploy.Tests.Runs;

internal sealed class RunObserversTests
{
    private static readonly HostName Host = HostName.Parse("a");

    [Test]
    public async Task Every_observer_gets_every_event_once_and_the_state_of_one_fold()
    {
        var (one, other) = (new Seen(), new Seen());
        var log = new RunLog(new MemoryStore(), "r", TimeProvider.System);
        var observers = new RunObservers(log, [one, other], TimeProvider.System, NullLogger.Instance);
        for (var i = 0; i < 500; i++)
        {
            await log.AppendAsync(new HostCopied(Host, i, 0, 0));
        }

        await log.DisposeAsync();
        Assert.That(await observers.EndAsync(TimeSpan.FromMinutes(1)), Is.Empty);
        Assert.That(one.Events, Is.EqualTo(Enumerable.Range(1, 500)).And.EqualTo(other.Events));
        Assert.That(one.Last!.Ended, Is.True);
        Assert.That(one.Last.State, Is.SameAs(other.Last!.State).And.SameAs(log.State));
    }

    [Test]
    public async Task One_that_throws_or_hangs_is_a_warning_and_the_others_get_everything()
    {
        var seen = new Seen();
        var log = new RunLog(new MemoryStore(), "r", TimeProvider.System);
        var observers = new RunObservers(log, [new Broken(), new Hanging(), seen], TimeProvider.System, NullLogger.Instance);
        observers.Notice(Host, "building");
        await log.AppendAsync(new StopRequested());
        await log.DisposeAsync();
        var warnings = await observers.EndAsync(TimeSpan.FromSeconds(2));
        Assert.That(warnings.Select(w => w.Code), Is.EquivalentTo(["ND0640", "ND0641"]));
        Assert.That(seen.Events, Is.EqualTo([1L]));
        Assert.That(seen.Activities, Is.EqualTo([new RunActivity(Host, "building")]));
    }

    [Test]
    public async Task Activities_never_wait_for_an_observer()
    {
        var log = new RunLog(new MemoryStore(), "r", TimeProvider.System);
        var observers = new RunObservers(log, [new Hanging()], TimeProvider.System, NullLogger.Instance);
        for (var i = 0; i < 100_000; i++)
        {
            observers.Notice(Host, "line");
        }

        await log.DisposeAsync();
        Assert.That(await observers.EndAsync(TimeSpan.FromMilliseconds(100)), Has.Length.EqualTo(1));
    }

    private sealed class Seen : IRunObserver
    {
        public string Name => "seen";

        public List<long> Events { get; } = [];

        public List<RunActivity> Activities { get; } = [];

        public RunFrame? Last { get; private set; }

        public Task ObserveAsync(RunFrame frame, CancellationToken cancellationToken = default)
        {
            Events.AddRange(frame.News.Select(e => e.Sequence));
            Last = frame;
            return Task.CompletedTask;
        }

        public void Notice(RunActivity activity) => Activities.Add(activity);
    }

    private sealed class Broken : IRunObserver
    {
        public string Name => "broken";

        public Task ObserveAsync(RunFrame frame, CancellationToken cancellationToken = default) => throw new InvalidOperationException("no");

        public void Notice(RunActivity activity) => throw new InvalidOperationException("no");
    }

    private sealed class Hanging : IRunObserver
    {
        private readonly TaskCompletionSource never = new();

        public string Name => "hanging";

        public Task ObserveAsync(RunFrame frame, CancellationToken cancellationToken = default) => never.Task;

        public void Notice(RunActivity activity) => never.Task.Wait(TimeSpan.FromSeconds(20));
    }
}
