using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using NixDeploy.Events;

namespace NixDeploy.Journal;

/// <summary>
/// The log of one run: numbers, hash-chains and commits events in groups through one writer, folds them, and lets any number of
/// readers follow from any sequence number.
/// </summary>
internal sealed class RunLog : IEventSink, IAsyncDisposable
{
    private readonly IDeploymentStore store;
    private readonly string run;
    private readonly TimeProvider time;
    private readonly Channel<(DeploymentEvent Event, TaskCompletionSource Durable)> queue =
        Channel.CreateUnbounded<(DeploymentEvent, TaskCompletionSource)>(new() { SingleReader = true });

    private readonly Task writer;
    private readonly Lock gate = new();
    private ImmutableList<RecordedEvent> published = [];
    private TaskCompletionSource grown = NewSignal();
    private bool closed;

    /// <summary>Begins or continues a run's log.</summary>
    /// <param name="store">Where events become durable.</param>
    /// <param name="run">The run's id.</param>
    /// <param name="time">The clock that stamps them.</param>
    /// <param name="earlier">The events that the store has already, when the run is resumed.</param>
    public RunLog(IDeploymentStore store, string run, TimeProvider time, IEnumerable<RecordedEvent>? earlier = null)
    {
        this.store = store;
        this.run = run;
        this.time = time;
        published = [.. earlier ?? []];
        State = Reducer.Fold(published);
        writer = WriteAsync();
    }

    /// <summary>The state after the last durable event.</summary>
    public RunState State { get; private set; }

    /// <summary>The durable events, in order.</summary>
    public IReadOnlyList<RecordedEvent> Recorded => published;

    /// <summary>What stopped the writer: events after it are not durable; <see langword="null"/> while all is well.</summary>
    public Exception? Fault { get; private set; }

    public Task AppendAsync(DeploymentEvent happened)
    {
        var durable = NewSignal();
        return queue.Writer.TryWrite((happened, durable))
            ? durable.Task
            : Task.FromException(new StateException("ND0702", "The run's journal is closed; nothing more can be written to it."));
    }

    /// <summary>Follows the log from a sequence number on until it is closed; leaving it stops only the viewing.</summary>
    public async IAsyncEnumerable<RecordedEvent> FollowAsync(long fromSequence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var frame in FramesAsync(fromSequence, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
        {
            foreach (var recorded in frame.News)
            {
                yield return recorded;
            }
        }
    }

    /// <summary>The same as frames, with the state that the log folds once for all: whenever events have come, and at least one each period.</summary>
    /// <param name="fromSequence">The first event wanted; 0 or 1 for all.</param>
    /// <param name="period">How long a frame without news is waited for.</param>
    /// <param name="cancellationToken">Ends the following; the run goes on.</param>
    public async IAsyncEnumerable<RunFrame> FramesAsync(long fromSequence, TimeSpan period, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var next = (int)Math.Max(0, fromSequence - 1);
        while (true)
        {
            RunFrame frame;
            Task more;
            lock (gate)
            {
                frame = new RunFrame(State, next < published.Count ? [.. published.GetRange(next, published.Count - next)] : [], closed);
                (next, more) = (Math.Max(next, published.Count), grown.Task);
            }

            yield return frame;
            if (frame.Ended)
            {
                yield break;
            }

            try
            {
                await more.WaitAsync(period, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // A frame without news: only time has passed.
            }
        }
    }

    /// <summary>Writes what is queued and ends every reader's enumeration.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await writer.ConfigureAwait(false);
        lock (gate)
        {
            closed = true;
            grown.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task WriteAsync()
    {
        while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var signals = new List<TaskCompletionSource>();
            var group = ImmutableArray.CreateBuilder<RecordedEvent>();
            var (sequence, hash) = published is [.., var last] ? (last.Sequence, last.Hash) : (0, "");
            while (queue.Reader.TryRead(out var item))
            {
                var at = time.GetUtcNow();
                sequence++;
                var json = EventJson.Write(item.Event);
                hash = AuditChain.Link(hash, sequence, at, json);
                group.Add(new RecordedEvent(sequence, at, item.Event, hash) { Json = json });
                signals.Add(item.Durable);
            }

            if (await PersistAsync(group.ToImmutable()).ConfigureAwait(false) is { } fault)
            {
                signals.ForEach(s => s.TrySetException(fault));
                continue;
            }

            Publish(group);
            signals.ForEach(s => s.TrySetResult());
        }
    }

    /// <summary>A journal that has failed once stays failed: what comes after a gap would break the chain.</summary>
    private async Task<Exception?> PersistAsync(ImmutableArray<RecordedEvent> group)
    {
        if (Fault is null)
        {
            try
            {
                await store.AppendAsync(run, group, CancellationToken.None).ConfigureAwait(false);
            }
            catch (NixDeployException e)
            {
                Fault = e;
            }
            catch (Exception e)
            {
                // Whatever a store throws, those who wait for durability must hear of it.
                Fault = new StateException("ND0703", $"The run's journal cannot be written: {e.Message}", e);
            }
        }

        return Fault;
    }

    private void Publish(IReadOnlyCollection<RecordedEvent> group)
    {
        lock (gate)
        {
            published = published.AddRange(group);
            State = group.Aggregate(State, Reducer.Apply);
            var signal = grown;
            grown = NewSignal();
            signal.TrySetResult();
        }
    }
}
