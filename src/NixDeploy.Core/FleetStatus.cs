using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Survey;

namespace NixDeploy;

/// <summary>Where a fleet stands right now.</summary>
/// <param name="Fleet">Where it was read.</param>
/// <param name="Hosts">Every host that was asked, in ordinal order.</param>
/// <param name="LastRun">The newest run of this state folder; <see langword="null"/> when there is none.</param>
public sealed record FleetStatus(string Fleet, ImmutableArray<HostStanding> Hosts, RunSummary? LastRun)
{
    /// <summary>Whether every host of the fleet is simulated.</summary>
    public bool Simulated { get; init; }

    /// <summary>The hosts that earlier runs deferred because they could not be reached; the next run takes them.</summary>
    public ImmutableArray<DeferredHost> Deferred { get; init; } = [];

    /// <summary>What hosts told now of earlier runs that had lost them, or whose controller was gone; in sentences.</summary>
    public ImmutableArray<string> Late { get; init; } = [];
}

/// <summary>Where one host stands.</summary>
/// <param name="Inspection">What it answered.</param>
/// <param name="Target">The system that the fleet has for it; <see langword="null"/> when it does not evaluate.</param>
/// <param name="Evaluation">Why it does not evaluate.</param>
public sealed record HostStanding(HostInspection Inspection, StorePath? Target, Problem? Evaluation)
{
    /// <summary>UNCHANGED, CHANGED or UNKNOWN, as plans have it.</summary>
    public string Change => (Inspection.State, Target) switch
    {
        (null, _) or (_, null) => "UNKNOWN",
        var (state, target) => state.CurrentSystem == target && state.ProfileSystem == target ? "UNCHANGED" : "CHANGED",
    };

    /// <summary>Whether it runs something else than it would boot.</summary>
    public bool Drifted => Inspection.State is { } state && state.CurrentSystem != state.ProfileSystem;
}
