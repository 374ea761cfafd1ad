using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Journal;
using NixDeploy.Planning;

namespace NixDeploy.Benchmarks.Makespan;

/// <summary>A journal that is durable at once and keeps nothing: what a run costs without its disk.</summary>
internal sealed class ForgetfulStore : IDeploymentStore
{
    /// <summary>How many events came.</summary>
    public long Events { get; private set; }

    public Task AppendAsync(string run, ImmutableArray<RecordedEvent> events, CancellationToken cancellationToken)
    {
        Events += events.Length;
        return Task.CompletedTask;
    }

    public IAsyncEnumerable<RecordedEvent> ReadAsync(string run, long fromSequence, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<RecordedEvent>();

    public Task<ImmutableArray<RunSummary>> RunsAsync(int most, CancellationToken cancellationToken) =>
        Task.FromResult(ImmutableArray<RunSummary>.Empty);

    public Task<ImmutableArray<StepMoment>> TimingsAsync(string fleet, int runs, CancellationToken cancellationToken) =>
        Task.FromResult(ImmutableArray<StepMoment>.Empty);

    public Task<ImmutableArray<DeferredHost>> DeferredAsync(string fleet, int runs, CancellationToken cancellationToken) =>
        Task.FromResult(ImmutableArray<DeferredHost>.Empty);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
