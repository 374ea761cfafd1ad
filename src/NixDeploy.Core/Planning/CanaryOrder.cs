using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>
/// In which order hosts are entrusted with a change: those that carry the wanted tag first, then by low risk and by how many others take
/// the same change; never a host before one that it waits for, so that every beginning of the order can be deployed by itself.
/// </summary>
internal sealed class CanaryOrder
{
    private CanaryOrder(ImmutableArray<HostName> hosts, int first) => (Hosts, First) = (hosts, first);

    /// <summary>The hosts.</summary>
    public ImmutableArray<HostName> Hosts { get; }

    /// <summary>How many of them are the canaries.</summary>
    public int First { get; }

    /// <summary>The order of the changed hosts.</summary>
    /// <exception cref="UsageException"><c>ND0243</c>: no changed host carries the tag.</exception>
    public static CanaryOrder Of(StrategyInput input)
    {
        var settings = input.Settings.Canary;
        var alike = input.Hosts.GroupBy(h => h, SameChange.Comparer).Select(g => g.ToList());

        // One of each change before a second one of any: canaries that differ see more.
        var rank = alike
            .OrderByDescending(g => g.Count).ThenBy(g => g[0].Name)
            .SelectMany((group, place) => group.OrderBy(h => h.Risk.Level).ThenBy(h => input.Waits.After(h.Name).Length > 0).ThenBy(h => h.Name).Select((h, turn) => (h.Name, h.Risk.Level, Turn: turn, Place: place)))
            .OrderBy(h => h.Level).ThenBy(h => h.Turn).ThenBy(h => h.Place).ThenBy(h => h.Name)
            .Select((h, i) => (h.Name, Rank: i)).ToDictionary(h => h.Name, h => h.Rank);

        var wanted = settings.Tag is { } tag ? Tagged(input, tag, rank) : [];
        var order = Sort(input, host => wanted.Contains(host) ? rank[host] - rank.Count : rank[host]);
        var first = settings.Tag is null ? (settings.Hosts ?? new HostShare(1, null)).Of(order.Length) : wanted.Count;
        return new CanaryOrder(order, first);
    }

    /// <summary>
    /// The host that is to go first and cannot, where no other can go in its place: it carries the tag, or it is not known whether it does.
    /// </summary>
    public static BlockedOutlook? MissingCanary(StrategyInput input, string tag) =>
        input.Hosts.Any(h => h.Change.Host.Tags.Contains(tag)) ? null
        : input.Blocked.Concat(input.Absent).FirstOrDefault(b => b.Host?.Tags.Contains(tag) == true) ?? input.Blocked.FirstOrDefault(b => b.Host is null);

    /// <summary>
    /// Whether every host with the tag runs what it should: deployed by an earlier run, or not touched by this change. Then it is not known
    /// whether its bake passed, and another goes first in its place.
    /// </summary>
    public static bool IsPassed(StrategyInput input, string tag) =>
        !input.Hosts.Any(h => h.Change.Host.Tags.Contains(tag)) && input.Unchanged.Any(h => h.Tags.Contains(tag));

    /// <summary>The same without the tag: one of all changed hosts goes first.</summary>
    public static StrategyInput WithoutTag(StrategyInput input) =>
        input with { Settings = input.Settings with { Canary = input.Settings.Canary with { Tag = null, Hosts = null } } };

    /// <summary>The tagged hosts, or as many of them as are asked for, and what they wait for.</summary>
    private static HashSet<HostName> Tagged(StrategyInput input, string tag, Dictionary<HostName, int> rank)
    {
        var tagged = input.Hosts.Where(h => h.Change.Host.Tags.Contains(tag)).Select(h => h.Name).OrderBy(h => rank[h]).ToList();
        if (tagged.Count == 0)
        {
            var tags = input.Hosts.SelectMany(h => h.Change.Host.Tags).Distinct(StringComparer.Ordinal).ToList();
            throw new UsageException("ND0243",
                $"No changed host carries the canary's tag {Text.Quote(tag)}{Text.DidYouMean(tag, tags)}; the changed hosts' tags are {(tags.Count == 0 ? "none" : string.Join(", ", tags.Order(StringComparer.Ordinal).Take(10)))}.");
        }

        var wanted = tagged.Take(input.Settings.Canary.Hosts?.Of(tagged.Count) ?? tagged.Count).ToHashSet();
        foreach (var host in input.Waits.Order.Reverse().Where(h => wanted.Contains(h)))
        {
            wanted.UnionWith(input.Waits.After(host));
        }

        return wanted.Where(rank.ContainsKey).ToHashSet();
    }

    /// <summary>By rank, dependencies first.</summary>
    private static ImmutableArray<HostName> Sort(StrategyInput input, Func<HostName, int> rank)
    {
        var waits = input.Waits;
        var open = new int[waits.Order.Count];
        var ready = new PriorityQueue<int, int>();
        for (var place = 0; place < open.Length; place++)
        {
            open[place] = waits.AfterPlace(place).Length;
            Offer(place);
        }

        var order = ImmutableArray.CreateBuilder<HostName>(input.Hosts.Length);
        while (ready.TryDequeue(out var place, out _))
        {
            if (!waits.IsBridge(place))
            {
                order.Add(waits.Order[place]);
            }

            foreach (var dependent in waits.Dependents[place])
            {
                open[dependent]--;
                Offer(dependent);
            }
        }

        return order.ToImmutable();

        void Offer(int place)
        {
            if (open[place] == 0)
            {
                // A bridge takes no time.
                ready.Enqueue(place, waits.IsBridge(place) ? int.MinValue : rank(waits.Order[place]));
            }
        }
    }
}
