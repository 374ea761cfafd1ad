using NixDeploy.Fleets;

namespace NixDeploy.Events;

/// <summary>Follows a run: files, notifications, metrics, an audit export. Implementations pass one contract suite.</summary>
/// <remarks>
/// Observers are isolated from each other and from the run. One that throws or does not end in time costs a warning in the result, never the
/// run. One that is slow gets larger frames; no event is lost to it.
/// </remarks>
public interface IRunObserver
{
    /// <summary>What warnings call it.</summary>
    string Name { get; }

    /// <summary>Takes what has happened. Called for one frame after the other, at least once a second, and with a last frame when the run has ended.</summary>
    /// <param name="frame">What has happened.</param>
    /// <param name="cancellationToken">Cancels the observer: the run has ended, and its deadline has passed.</param>
    Task ObserveAsync(RunFrame frame, CancellationToken cancellationToken = default);

    /// <summary>Takes what is being done right now. Must not wait; activities are lossy and no part of the journal.</summary>
    /// <param name="activity">The activity.</param>
    void Notice(RunActivity activity)
    {
    }
}

/// <summary>What is being built, fetched or copied right now.</summary>
/// <param name="Host">The host that it is for; <see langword="null"/> when that is not known.</param>
/// <param name="Text">A line of the program that does it.</param>
public sealed record RunActivity(HostName? Host, string Text);
