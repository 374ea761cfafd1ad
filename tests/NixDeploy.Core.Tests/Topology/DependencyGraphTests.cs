using System.Collections.Immutable;
using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Topology;

[TestFixture]
internal sealed class DependencyGraphTests
{
    [Test]
    public void A_circle_is_printed_whole()
    {
        var fleet = FleetOf(("a", ["b"]), ("b", ["c"]), ("c", ["a"]), ("d", ["a"]));
        var error = Assert.Throws<FleetException>(() => DependencyGraph.Of(fleet))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo("ND0120"));
            Assert.That(error.Message, Does.Contain("a → b → c → a"));
        });
    }

    [Test]
    public void Every_circle_is_reported_at_once()
    {
        var fleet = FleetOf(("a", ["b"]), ("b", ["a"]), ("c", ["d"]), ("d", ["c"]));
        var error = Assert.Throws<FleetException>(() => DependencyGraph.Of(fleet))!;
        Assert.That(error.Message, Does.Contain("a → b → a").And.Contain("c → d → c"));
    }

    [Test]
    public void An_unknown_dependency_is_named_with_the_nearest_host()
    {
        var error = Assert.Throws<FleetException>(() => DependencyGraph.Of(FleetOf(("p620", []), ("razer", ["p602"]))))!;
        Assert.That(error.Message, Does.Contain("hosts.razer.dependencies").And.Contain("'p602'").And.Contain("'p620'"));
    }

    [Test]
    public void A_host_that_depends_on_itself_is_refused()
    {
        var error = Assert.Throws<FleetException>(() => DependencyGraph.Of(FleetOf(("a", ["a"]))))!;
        Assert.That(error.Message, Does.Contain("a depends on itself"));
    }

    [Test]
    public void Hosts_wait_for_those_behind_hosts_that_are_not_part_of_it()
    {
        var graph = DependencyGraph.Of(FleetOf(("a", ["b"]), ("b", ["c"]), ("c", [])));
        var among = graph.Among(new HashSet<HostName> { HostName.Parse("a"), HostName.Parse("c") });
        Assert.That(among.After(HostName.Parse("a")), Is.EqualTo(new[] { HostName.Parse("c") }));
    }

    [Test]
    public void Who_waits_for_whom_among_some_hosts_is_what_the_whole_graph_says() => RandomFleets.Fleet(20).Select(Gen.Bool.Array[20]).Sample(
        (fleet, given) =>
        {
            var graph = DependencyGraph.Of(fleet);
            var some = fleet.Hosts.Keys.Where((_, i) => given[i]).ToHashSet();
            var waits = graph.Among(some);
            return some.All(h => Behind(h, waits.After, some).SetEquals(Behind(h, graph.DependenciesOf, some)))
                && waits.Bridges.All(b => !some.Contains(b) && waits.After(b).Length > 0);
        },
        iter: 2000);

    [Test]
    public void Bridges_keep_what_is_written_down_small()
    {
        // 40 levels of 20 hosts, each on three of the level before; every second host has not changed.
        var hosts = Enumerable.Range(0, 800).Select(i => ($"h{i:000}", i < 20 ? [] : Enumerable.Range(0, 3).Select(k => $"h{(((i / 20) - 1) * 20) + ((i + (k * 7)) % 20):000}").ToArray())).ToArray();
        var waits = DependencyGraph.Of(FleetOf(hosts)).Among(Enumerable.Range(0, 800).Where(i => i % 2 == 0).Select(i => HostName.Parse($"h{i:000}")).ToHashSet());
        Assert.That(waits.Order.Sum(h => waits.After(h).Length), Is.LessThan(800 * 12));
    }

    /// <summary>The hosts among some that stand behind one, through whatever else.</summary>
    private static HashSet<HostName> Behind(HostName host, Func<HostName, ImmutableArray<HostName>> after, HashSet<HostName> some)
    {
        var found = new HashSet<HostName>();
        var seen = new HashSet<HostName>();
        var open = new Stack<HostName>(after(host));
        while (open.TryPop(out var next))
        {
            if (seen.Add(next))
            {
                found.UnionWith(some.Contains(next) ? [next] : []);
                foreach (var further in some.Contains(next) ? [] : after(next))
                {
                    open.Push(further);
                }
            }
        }

        return found;
    }

    [Test]
    public void The_order_has_dependencies_first() => RandomFleets.Fleet(20).Sample(
        fleet =>
        {
            var graph = DependencyGraph.Of(fleet);
            var place = graph.Order.Select((host, index) => (host, index)).ToDictionary(p => p.host, p => p.index);
            return fleet.Hosts.Values.All(h => h.Dependencies.All(d => place[d] < place[h.Name])) && place.Count == fleet.Hosts.Count;
        },
        iter: 1000);

    private static Fleet FleetOf(params (string Name, string[] Dependencies)[] hosts) => new(
        "test",
        new FleetSettings(),
        hosts.Select(h => new Host(HostName.Parse(h.Name)) { Dependencies = [.. h.Dependencies.Select(HostName.Parse)] })
            .ToImmutableSortedDictionary(h => h.Name, h => h));
}
