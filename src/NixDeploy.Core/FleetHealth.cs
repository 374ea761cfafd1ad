using System.Collections.Immutable;
using NixDeploy.Fleets;
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

/// <summary>How well one host is.</summary>
/// <param name="Host">The host.</param>
/// <param name="Checks">Its checks in their order, its critical services, and its failed units.</param>
public sealed record HostHealth(HostName Host, ImmutableArray<CheckReading> Checks)
{
    /// <summary>What the worst of its checks says: a failure is worse than what could not be measured.</summary>
    public CheckOutcome Outcome => Worst(Checks.Select(c => c.Outcome));

    internal static CheckOutcome Worst(IEnumerable<CheckOutcome> outcomes) => outcomes.Aggregate(CheckOutcome.Passed, (worst, next) =>
        worst == CheckOutcome.Failed || next == CheckOutcome.Passed ? worst : next);
}
