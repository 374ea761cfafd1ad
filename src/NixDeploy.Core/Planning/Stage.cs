using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>What a stage brings its hosts to. Never decreases for a host.</summary>
public enum Milestone
{
    /// <summary>Built, copied, locked: nothing activated.</summary>
    Prepared,

    /// <summary>Its isolated test has passed, and it has said what an activation would do: nothing activated.</summary>
    Tested,

    /// <summary>Activated on trial and healthy for the whole window; the guard waits.</summary>
    Healthy,

    /// <summary>The new system is the profile's generation and the boot default.</summary>
    Committed,
}

/// <summary>Which hosts are rolled back when one host of a stage fails.</summary>
public enum RollbackScope
{
    /// <summary>The host that failed.</summary>
    Host,

    /// <summary>Every host of the stage; no further host is started.</summary>
    Stage,

    /// <summary>Every host of the run; no further host is started.</summary>
    Run,
}

/// <summary>One step of a plan: these hosts are brought to this milestone.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Hosts">The hosts, in the order in which they are started where nothing else decides.</param>
/// <param name="To">The milestone.</param>
/// <param name="MaxInFlight">How many at once, 1 or more; <see langword="null"/> leaves it to <see cref="Limits.Activations"/>.</param>
/// <param name="OnFailure">Which hosts are rolled back when one fails.</param>
/// <param name="StopOnFailure">Whether no further host is started once one has failed.</param>
public sealed record Stage(string Name, ImmutableArray<HostName> Hosts, Milestone To, int? MaxInFlight, RollbackScope OnFailure, bool StopOnFailure)
{
    /// <summary>What must be passed before the next stage begins, in order, at most one of a kind. Only where it commits.</summary>
    public ImmutableArray<Gate> After { get; init; } = [];

    /// <summary>How long its hosts are watched before the next stage begins; <see langword="null"/>: not at all.</summary>
    public TimeSpan? Bake => After.OfType<Gate.Bake>().FirstOrDefault()?.For;
}
