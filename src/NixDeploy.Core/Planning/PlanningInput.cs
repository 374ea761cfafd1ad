using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.Topology;

namespace NixDeploy.Planning;

/// <summary>What is known when a plan is made.</summary>
/// <param name="Settings">The fleet's settings with the request's overrides.</param>
/// <param name="Graph">Who waits for whom.</param>
/// <param name="Changed">The hosts that are to change, in ordinal order.</param>
/// <param name="Skipped">The hosts that need nothing, in ordinal order.</param>
/// <param name="Unplannable">The hosts that cannot be deployed, and why.</param>
public sealed record PlanningInput(
    FleetSettings Settings,
    DependencyGraph Graph,
    ImmutableArray<HostChange> Changed,
    ImmutableArray<SkippedHost> Skipped,
    ImmutableSortedDictionary<HostName, Problem> Unplannable)
{
    /// <summary>The names of the changed hosts in the order in which they start where nothing else decides:
    /// phase, then infrastructure before the rest, then name.</summary>
    public ImmutableArray<HostName> StartOrder()
    {
        var after = Waits();
        var phase = new Dictionary<HostName, int>();
        foreach (var host in Graph.Order.Where(after.ContainsKey))
        {
            phase[host] = after[host].Select(d => phase[d] + 1).DefaultIfEmpty(0).Max();
        }

        return [.. Changed.OrderBy(c => phase[c.Host.Name]).ThenBy(c => Rank(c.Host.Role)).ThenBy(c => c.Host.Name).Select(c => c.Host.Name)];
    }

    /// <summary>For each changed host the changed hosts that it waits for.</summary>
    public ImmutableDictionary<HostName, ImmutableArray<HostName>> Waits() => Graph.Among(Changed.Select(c => c.Host.Name).ToHashSet());

    private static int Rank(string? role) => role switch { "infrastructure" => 0, "client" => 2, _ => 1 };
}

/// <summary>A host that is to change.</summary>
/// <param name="Host">The host.</param>
/// <param name="From">What it runs.</param>
/// <param name="To">What it is to run.</param>
public sealed record HostChange(Host Host, SystemRef From, SystemBuild To)
{
    /// <summary>The units that are failed now, by full name.</summary>
    public ImmutableArray<string> FailedBefore { get; init; } = [];

    /// <summary>An earlier generation to go back to; <see langword="null"/> makes a new one.</summary>
    public int? Generation { get; init; }

    /// <summary>What differs; <see langword="null"/> when the systems were not compared.</summary>
    public SystemChanges? Changes { get; init; }

    /// <summary>Whether the host has a generation to go back to.</summary>
    public bool HasEarlier { get; init; } = true;
}
