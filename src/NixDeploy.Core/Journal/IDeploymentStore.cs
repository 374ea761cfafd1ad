using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Journal;

/// <summary>Where the events of all runs are kept. Implementations pass one contract suite.</summary>
public interface IDeploymentStore : IAsyncDisposable
{
    /// <summary>Appends events of a run in one durable transaction.</summary>
    /// <exception cref="StateException">They could not be made durable, or do not follow the run's last one.</exception>
    Task AppendAsync(string run, ImmutableArray<RecordedEvent> events, CancellationToken cancellationToken);

    /// <summary>The events of a run from a sequence number on, in order.</summary>
    IAsyncEnumerable<RecordedEvent> ReadAsync(string run, long fromSequence, CancellationToken cancellationToken);

    /// <summary>The runs, newest first. The store numbers runs as it gets their first events; no clock decides which is newer.</summary>
    Task<ImmutableArray<RunSummary>> RunsAsync(int most, CancellationToken cancellationToken);

    /// <summary>The moments of a fleet's newest runs that durations are made of, without reading their plans.</summary>
    /// <param name="fleet">Where the fleet was read, as <see cref="RunStarted.Fleet"/> says.</param>
    /// <param name="runs">How many runs.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The newest run first, each run's moments in the order of its events; a batch of builds has one for each host in it.</returns>
    Task<ImmutableArray<StepMoment>> TimingsAsync(string fleet, int runs, CancellationToken cancellationToken);

    /// <summary>
    /// The hosts of a fleet that were deferred because they could not be reached, and that no later run has deployed or found unchanged. A run
    /// that was stopped, halted, blocked or a dry activation, or that rolled the host back in the end, has not deployed it; nor has a rollback.
    /// </summary>
    /// <param name="fleet">Where the fleet was read, as <see cref="RunStarted.Fleet"/> says.</param>
    /// <param name="runs">How many of the newest runs count.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>In ordinal order.</returns>
    Task<ImmutableArray<DeferredHost>> DeferredAsync(string fleet, int runs, CancellationToken cancellationToken);
}

/// <summary>A host that is deferred to the next run.</summary>
/// <param name="Host">The host.</param>
/// <param name="Run">The run that deferred it last.</param>
/// <param name="Since">When it did, UTC.</param>
/// <param name="Problem">Why.</param>
public sealed record DeferredHost(HostName Host, string Run, DateTimeOffset Since, Problem Problem);

/// <summary>A run in a list of runs.</summary>
/// <param name="Run">Its id.</param>
/// <param name="Fleet">Where the fleet was read.</param>
/// <param name="StartedAt">When it began, UTC.</param>
/// <param name="Outcome">How it ended; <see langword="null"/> when it has not.</param>
public sealed record RunSummary(string Run, string Fleet, DateTimeOffset StartedAt, RunOutcome? Outcome)
{
    /// <summary>Its number in the store: a run that was begun later has a greater one.</summary>
    public long Number { get; init; }

    /// <summary>Where its chain of hashes stands.</summary>
    public required RunHead Head { get; init; }
}
