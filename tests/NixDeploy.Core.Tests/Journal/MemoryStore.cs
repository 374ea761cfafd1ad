using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Planning;

namespace NixDeploy.Tests.Journal;

/// <summary>The simplest store that keeps the contract; remembers its groups and can be told to fail.</summary>
internal sealed class MemoryStore : IDeploymentStore
{
    private readonly ConcurrentDictionary<string, ImmutableArray<RecordedEvent>> runs = new();
    private readonly List<string> order = [];
    private readonly Lock gate = new();

    public ConcurrentQueue<int> Groups { get; } = new();

    public Exception? Fails { get; set; }

    /// <summary>Nothing is appended before this is done.</summary>
    public Task Ready { get; set; } = Task.CompletedTask;

    public async Task AppendAsync(string run, ImmutableArray<RecordedEvent> events, CancellationToken cancellationToken)
    {
        await Ready;
        if (Fails is { } error)
        {
            throw error;
        }

        lock (gate)
        {
            var known = runs.GetValueOrDefault(run, []);
            if (events.Where((e, i) => e.Sequence != known.Length + i + 1).Any())
            {
                throw new StateException("ND0716", "does not follow");
            }

            if (known.IsEmpty && !events.IsEmpty)
            {
                order.Add(run);
            }

            runs[run] = known.AddRange(events);
            Groups.Enqueue(events.Length);
        }
    }

    /// <summary>The events of a run so far, in order.</summary>
    public ImmutableArray<RecordedEvent> Of(string run) => runs.GetValueOrDefault(run, []);

    public async IAsyncEnumerable<RecordedEvent> ReadAsync(string run, long fromSequence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var recorded in Of(run).Where(e => e.Sequence >= fromSequence))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return recorded;
        }
    }

    public Task<ImmutableArray<RunSummary>> RunsAsync(int most, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult<ImmutableArray<RunSummary>>(
            [
                .. order.Index().Reverse().Take(most).Select(r => (Number: r.Index + 1, Run: r.Item, Events: runs[r.Item])).Select(r => new RunSummary(
                    r.Run,
                    (r.Events[0].Event as RunStarted)?.Fleet ?? "",
                    r.Events[0].At,
                    r.Events.Select(e => e.Event).OfType<RunFinished>().LastOrDefault()?.Outcome)
                {
                    Number = r.Number,
                    Head = new RunHead(r.Run, r.Events[^1].Sequence, r.Events[^1].Hash),
                }),
            ]);
        }
    }

    public async Task<ImmutableArray<StepMoment>> TimingsAsync(string fleet, int runs, CancellationToken cancellationToken) =>
    [
        .. (await RunsAsync(int.MaxValue, cancellationToken)).Where(r => r.Fleet == fleet && this.runs[r.Run][0].Event is RunStarted).Take(runs).SelectMany(r => this.runs[r.Run].SelectMany(
            e => Enum.TryParse<StepMark>(e.Event.GetType().Name, out var mark)
                ? (e.Event is BuildStarted build ? build.Hosts : [((HostEvent)e.Event).Host]).Select(h => new StepMoment(r.Run, h, mark, e.At))
                : [])),
    ];

    public async Task<ImmutableArray<DeferredHost>> DeferredAsync(string fleet, int runs, CancellationToken cancellationToken)
    {
        var newest = (await RunsAsync(int.MaxValue, cancellationToken)).Where(r => r.Fleet == fleet).Take(runs).ToList();
        return
        [
            .. newest.SelectMany((run, age) => this.runs[run.Run]
                    .Where(e => e.Event is HostUnreachable { Deferred: true } off && !newest.Take(age).Any(later => DealtWith(off.Host, this.runs[later.Run])))
                    .Select(e => new DeferredHost(((HostUnreachable)e.Event).Host, run.Run, e.At, ((HostUnreachable)e.Event).Problem)))
                .OrderBy(h => h.Host),
        ];
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool DealtWith(HostName host, ImmutableArray<RecordedEvent> run)
    {
        if (run.Any(e => e.Event is HostUnreachable { Deferred: true } off && off.Host == host))
        {
            return true;
        }

        var last = run.Select(e => e.Event).OfType<HostEvent>().LastOrDefault(e => e.Host == host
            && e is HostCommitted or HostKept or HostConcluded or HostFailed or RollbackStarted or HostRolledBack or RollbackFailed);
        return run[0].Event is RunStarted { Plan: { Strategy: not "rollback" } plan }
            && (plan.Skipped.Any(s => s.Host == host) || last is HostCommitted or HostKept or HostConcluded { End: Conclusion.Committed or Conclusion.Kept });
    }
}

internal sealed class MemoryStoreTests : DeploymentStoreContract
{
    private readonly MemoryStore store = new();

    protected override Task<IDeploymentStore> OpenAsync() => Task.FromResult<IDeploymentStore>(store);
}
