using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Health;

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
