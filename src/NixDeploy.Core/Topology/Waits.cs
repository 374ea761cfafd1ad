using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Topology;

/// <summary>Who waits for whom among some hosts of a fleet, in a size that grows with the fleet and not with its square.</summary>
/// <remarks>
/// Where a host that is not among them stands between two that are, the one behind waits for what the one between depends on: directly
/// when that is little, else through the host between, which is then a <em>bridge</em>. Inside, hosts go by their place in
/// <see cref="Order"/>: of 100,000 hosts, numbers stay in the processor's cache where names do not.
/// </remarks>
public sealed class Waits
{
    private readonly Func<HostName, int> placeOf;
    private readonly ImmutableArray<HostName> order;
    private readonly ImmutableArray<HostName>[] names;
    private readonly int[][] after;
    private readonly bool[] bridge;
    private int[][]? dependents;

    /// <param name="placeOf">The place of a host; negative when it has none.</param>
    /// <param name="order">The hosts and bridges, each behind those that it waits for.</param>
    /// <param name="names">By place: what it waits for, in ordinal order.</param>
    /// <param name="after">The same as places.</param>
    /// <param name="bridge">By place: whether it is a bridge.</param>
    internal Waits(Func<HostName, int> placeOf, ImmutableArray<HostName> order, ImmutableArray<HostName>[] names, int[][] after, bool[] bridge) =>
        (this.placeOf, this.order, this.names, this.after, this.bridge) = (placeOf, order, names, after, bridge);

    /// <summary>The hosts and the bridges, each behind those that it waits for.</summary>
    public IReadOnlyList<HostName> Order => order;

    /// <summary>The hosts between; each of them waits for somebody.</summary>
    public IEnumerable<HostName> Bridges => order.Where((_, place) => bridge[place]);

    /// <summary>By place: the places of those that wait for it.</summary>
    internal int[][] Dependents => dependents ??= Edges.Backwards(after);

    /// <summary>Whether it is one of the hosts or bridges.</summary>
    public bool Contains(HostName host) => placeOf(host) >= 0;

    /// <summary>The hosts and bridges that a host or bridge waits for, in ordinal order.</summary>
    /// <exception cref="KeyNotFoundException">It is neither.</exception>
    public ImmutableArray<HostName> After(HostName host) => names[PlaceOf(host)];

    /// <summary>The same read backwards: who depends on a host goes before it.</summary>
    public Waits Reversed()
    {
        var last = order.Length - 1;
        return new Waits(
            host => placeOf(host) is >= 0 and var place ? last - place : -1,
            [.. order.Reverse()],
            [.. Dependents.Reverse().Select(d => d.Select(p => order[p]).Order().ToImmutableArray())],
            [.. Dependents.Reverse().Select(d => Array.ConvertAll(d, p => last - p))],
            [.. bridge.Reverse()]);
    }

    /// <summary>The same hosts, none of which waits for any other.</summary>
    internal Waits Loosened()
    {
        var places = new Dictionary<HostName, int>();
        foreach (var host in order.Where((_, place) => !bridge[place]))
        {
            places.Add(host, places.Count);
        }

        var nobody = Enumerable.Repeat(ImmutableArray<HostName>.Empty, places.Count).ToArray();
        return new Waits(host => places.GetValueOrDefault(host, -1), [.. places.Keys], nobody, Array.ConvertAll(nobody, _ => Array.Empty<int>()), new bool[places.Count]);
    }

    /// <summary>The place of a host or bridge in <see cref="Order"/>.</summary>
    internal int PlaceOf(HostName host) => placeOf(host) is >= 0 and var place ? place : throw new KeyNotFoundException($"{host} does not wait for anybody here.");

    /// <summary>The places of those that the one at a place waits for.</summary>
    internal int[] AfterPlace(int place) => after[place];

    /// <summary>Whether a bridge stands at a place.</summary>
    internal bool IsBridge(int place) => bridge[place];
}
