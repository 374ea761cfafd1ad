using System.Collections.Immutable;
using NixDeploy.Health;

namespace NixDeploy;

/// <summary>How well a fleet is right now.</summary>
/// <param name="Fleet">Where it was read.</param>
/// <param name="Hosts">Every host that was asked, in ordinal order.</param>
public sealed record FleetHealth(string Fleet, ImmutableArray<HostHealth> Hosts)
{
    /// <summary>Whether every host of the fleet is simulated.</summary>
    public bool Simulated { get; init; }

    /// <summary>What the worst of its hosts is.</summary>
    public CheckOutcome Outcome => HostHealth.Worst(Hosts.Select(h => h.Outcome));
}
