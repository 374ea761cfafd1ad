using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Topology;

/// <summary>Who waits for whom among some hosts of a fleet, in a size that grows with the fleet and not with its square.</summary>
/// <remarks>
/// Where a host that is not among them stands between two that are, the one behind waits for what the one between depends on: directly
/// when that is little, else through the host between, which is then a <em>bridge</em>.
/// </remarks>
public sealed class Waits
{
    private readonly Dictionary<HostName, ImmutableArray<HostName>> after;
    private readonly Dictionary<HostName, ImmutableArray<HostName>> bridges;
    private readonly ImmutableArray<HostName> order;

    internal Waits(
        ImmutableArray<HostName> order, Dictionary<HostName, ImmutableArray<HostName>> after, Dictionary<HostName, ImmutableArray<HostName>> bridges) =>
        (this.order, this.after, this.bridges) = (order, after, bridges);

    /// <summary>The hosts and the bridges, each behind those that it waits for.</summary>
    public IReadOnlyList<HostName> Order => order;

    /// <summary>The hosts between, with what they wait for; never nothing.</summary>
    public IReadOnlyDictionary<HostName, ImmutableArray<HostName>> Bridges => bridges;

    /// <summary>Whether it is one of the hosts or bridges.</summary>
    public bool Contains(HostName host) => after.ContainsKey(host) || bridges.ContainsKey(host);

    /// <summary>The hosts and bridges that a host or bridge waits for, in ordinal order.</summary>
    /// <exception cref="KeyNotFoundException">It is neither.</exception>
    public ImmutableArray<HostName> After(HostName host) => after.TryGetValue(host, out var waits) ? waits : bridges[host];

    /// <summary>The same read backwards: who depends on a host goes before it.</summary>
    public Waits Reversed()
    {
        var dependents = order.ToDictionary(h => h, _ => new List<HostName>());
        foreach (var host in order)
        {
            foreach (var dependency in After(host))
            {
                dependents[dependency].Add(host);
            }
        }

        ImmutableArray<HostName> Of(HostName host) => [.. dependents[host].Order()];
        return new Waits(
            [.. order.Reverse()],
            after.Keys.ToDictionary(h => h, Of),
            bridges.Keys.ToDictionary(h => h, Of));
    }
}
