using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Journal;
using NixDeploy.Planning;

namespace NixDeploy.Tests.Journal;

/// <summary>A store whose disk is full from the first event of a kind on.</summary>
internal sealed class FailingStore(IDeploymentStore inner, Func<DeploymentEvent, bool> full) : IDeploymentStore
{
    private bool isFull;

    public Task AppendAsync(string run, ImmutableArray<RecordedEvent> events, CancellationToken cancellationToken)
    {
        isFull |= events.Any(e => full(e.Event));
        return isFull ? Task.FromException(new StateException("ND0714", "The disk is full.")) : inner.AppendAsync(run, events, cancellationToken);
    }

    public IAsyncEnumerable<RecordedEvent> ReadAsync(string run, long fromSequence, CancellationToken cancellationToken) => inner.ReadAsync(run, fromSequence, cancellationToken);

    public Task<ImmutableArray<RunSummary>> RunsAsync(int most, CancellationToken cancellationToken) => inner.RunsAsync(most, cancellationToken);

    public Task<ImmutableArray<StepMoment>> TimingsAsync(string fleet, int runs, CancellationToken cancellationToken) => inner.TimingsAsync(fleet, runs, cancellationToken);

    public Task<ImmutableArray<DeferredHost>> DeferredAsync(string fleet, int runs, CancellationToken cancellationToken) => inner.DeferredAsync(fleet, runs, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
