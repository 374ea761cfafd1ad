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

    /// <summary>The runs, newest first.</summary>
    Task<ImmutableArray<RunSummary>> RunsAsync(int most, CancellationToken cancellationToken);

    /// <summary>The moments of a fleet's newest runs that durations are made of, without reading their plans.</summary>
    /// <param name="fleet">Where the fleet was read, as <see cref="RunStarted.Fleet"/> says.</param>
    /// <param name="runs">How many runs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The newest run first, each run's moments in the order of its events; a batch of builds has one for each host in it.</returns>
    Task<ImmutableArray<StepMoment>> TimingsAsync(string fleet, int runs, CancellationToken cancellationToken);

    /// <summary>
    /// The hosts of a fleet that were put off because they could not be reached, and that no later run has deployed or found unchanged. One
    /// that was stopped, halted, blocked or a dry activation, or took the host back in the end, has not deployed it; nor has a rollback.
    /// </summary>
    /// <param name="fleet">Where the fleet was read, as <see cref="RunStarted.Fleet"/> says.</param>
    /// <param name="runs">How many of the newest runs count.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>In ordinal order.</returns>
    Task<ImmutableArray<DeferredHost>> DeferredAsync(string fleet, int runs, CancellationToken cancellationToken);
}

/// <summary>A host that was put off until the next run.</summary>
/// <param name="Host">The host.</param>
/// <param name="Run">The run that put it off last.</param>
/// <param name="Since">When it did, UTC.</param>
/// <param name="Problem">Why.</param>
public sealed record DeferredHost(HostName Host, string Run, DateTimeOffset Since, Problem Problem);

/// <summary>A run in a list of runs.</summary>
/// <param name="Run">Its id.</param>
/// <param name="Fleet">Where the fleet was read.</param>
/// <param name="StartedAt">When it began, UTC.</param>
/// <param name="Outcome">How it ended; <see langword="null"/> when it has not.</param>
public sealed record RunSummary(string Run, string Fleet, DateTimeOffset StartedAt, RunOutcome? Outcome);
