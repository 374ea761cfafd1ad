using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>A way to order a deployment: a pure function from what changed to the shape of a plan.</summary>
/// <remarks>Touches no network, no clock and no disk; the same input gives the same shape.</remarks>
public interface IDeploymentStrategy
{
    /// <summary>The name by which it is selected.</summary>
    string Name { get; }

    /// <summary>Orders the changed hosts.</summary>
    /// <returns>
    /// Stages that bring every host to <see cref="Milestone.Committed"/> exactly once, milestones that never decrease, and no host in an
    /// earlier stage than one that it waits for; the planner refuses anything else with <c>ND0245</c>.
    /// </returns>
    PlanShape Shape(StrategyInput input);
}

/// <summary>What a strategy decides.</summary>
/// <param name="Stages">The stages.</param>
/// <param name="Reasons">Why, a sentence each.</param>
public sealed record PlanShape(ImmutableArray<Stage> Stages, ImmutableArray<string> Reasons)
{
    /// <summary>Things a person should know before saying yes, a sentence each.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>
    /// The blocked host without which no host is deployed: all others are blocked because of it, and the stages do not matter;
    /// <see langword="null"/>: the others are deployed without the blocked ones.
    /// </summary>
    public HostName? HeldUpBy { get; init; }

    /// <summary>Whether no host is activated unless every selected host evaluates and builds, whatever the fleet says. Default false.</summary>
    public bool NeedsEveryBuild { get; init; }

    /// <summary>Whether a host waits for the hosts it depends on. Default true.</summary>
    public bool KeepsDependencies { get; init; } = true;
}
