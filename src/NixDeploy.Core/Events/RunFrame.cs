using System.Collections.Immutable;

namespace NixDeploy.Events;

/// <summary>What an observer of a run gets at once.</summary>
/// <param name="State">Where the run stands after the last of the news. Every observer gets the same fold.</param>
/// <param name="News">The events since the frame before, in order; none when only time has passed.</param>
/// <param name="Ended">Whether this is the last frame: the run's log is closed.</param>
public sealed record RunFrame(RunState State, ImmutableArray<RecordedEvent> News, bool Ended);
