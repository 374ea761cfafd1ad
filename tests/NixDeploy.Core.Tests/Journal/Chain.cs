using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Journal;

namespace NixDeploy.Tests.Journal;

/// <summary>Events as a run's log would have recorded them.</summary>
internal static class Chain
{
    public static readonly DateTimeOffset Noon = new(2025, 1, 15, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Numbers and links events, a second and a tick apart.</summary>
    public static ImmutableArray<RecordedEvent> Of(params IEnumerable<DeploymentEvent> events) => After([], events);

    /// <summary>The same, behind those that are there.</summary>
    public static ImmutableArray<RecordedEvent> After(ImmutableArray<RecordedEvent> earlier, params IEnumerable<DeploymentEvent> events)
    {
        var (sequence, hash) = earlier is [.., var last] ? (last.Sequence, last.Hash) : (0L, "");
        return [.. events.Select(e =>
        {
            var at = Noon + (++sequence * (TimeSpan.FromSeconds(1) + TimeSpan.FromTicks(1)));
            return new RecordedEvent(sequence, at, e, hash = AuditChain.Link(hash, sequence, at, EventJson.Write(e)));
        })];
    }
}
