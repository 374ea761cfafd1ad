using System.Collections.Immutable;
using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Selection;
using Fleet = NixDeploy.Fleets.Fleet;

namespace NixDeploy.Tests.Fleets.Selection;

[TestFixture]
public class HostSelectionTests
{
    private static readonly Fleet Example = new("fleet", new FleetSettings(), new[]
    {
        Of("web-1", "client", "eu", "canary"), Of("web-2", "client", "us"), Of("web-10", "client", "us"), Of("db", "infrastructure", "eu"), Of("Db", null),
    }.ToImmutableSortedDictionary(h => h.Name, h => h));

    [TestCase("db", "db")]
    [TestCase(" db , web-1 ,db", "db web-1")]
    [TestCase("web-*", "web-1 web-10 web-2")]
    [TestCase("web-?", "web-1 web-2")]
    [TestCase("*", "Db db web-1 web-10 web-2")]
    [TestCase("*b*1*", "web-1 web-10")]
    [TestCase("@client", "web-1 web-10 web-2")]
    [TestCase("@eu", "db web-1")]
    [TestCase("@c*", "web-1 web-10 web-2")]
    [TestCase("@client,!web-1", "web-10 web-2")]
    [TestCase("!@us,web-*", "web-1")]
    [TestCase("!web-*", "Db db")]
    [TestCase("!@client, !Db", "db")]
    public void I_can_say_which_hosts_I_mean(string text, string expected) =>
        Assert.That(string.Join(' ', HostSelection.Parse(text).Select(Example)), Is.EqualTo(expected));

    [TestCase("", "ND0201", "--hosts names nothing")]
    [TestCase("  ", "ND0201", "--hosts names nothing")]
    [TestCase(",", "ND0202", "nothing between two commas")]
    [TestCase("db,,web-1", "ND0202", "nothing between two commas")]
    [TestCase("!", "ND0202", "nothing after !")]
    [TestCase("db,!@", "ND0202", "nothing after !@")]
    [TestCase("wev-1", "ND0203", "fleet has no host 'wev-1' (did you mean 'web-1'?).")]
    [TestCase("DB", "ND0203", "fleet has no host 'DB' (did you mean 'Db'?).")]
    [TestCase("nowhere-at-all", "ND0203", "there is Db, db, web-1, web-10, web-2.")]
    [TestCase("web-1,mail-*", "ND0203", "no host of fleet matches 'mail-*'")]
    [TestCase("@clients", "ND0203", "no host of fleet has the role or tag 'clients' (did you mean 'client'?).")]
    [TestCase("!wev-1", "ND0203", "did you mean 'web-1'?")]
    [TestCase("web-1,!web-*", "ND0204", "leaves no host")]
    [TestCase("!*", "ND0204", "leaves no host")]
    public void What_matches_nothing_is_an_error_and_never_everything(string text, string code, string part)
    {
        var error = Assert.Throws<UsageException>(() => HostSelection.Parse(text).Select(Example))!;
        Assert.That(error.Code, Is.EqualTo(code));
        Assert.That(error.Message, Does.Contain(part));
    }

    [TestCase("app", "app db disk net")]
    [TestCase("app,!db", "app disk net")]
    [TestCase("disk", "disk net")]
    [TestCase("!app", "db disk net")]
    public void I_can_mean_what_the_hosts_depend_on_too(string text, string expected)
    {
        var chain = new Fleet("fleet", new FleetSettings(), new[] { Needs("app", "db"), Needs("db", "disk", "gone"), Needs("disk", "net"), Needs("net") }
            .ToImmutableSortedDictionary(h => h.Name, h => h));
        Assert.That(string.Join(' ', (HostSelection.Parse(text) with { IncludeDependencies = true }).Select(chain)), Is.EqualTo(expected));
        Assert.That(HostSelection.Parse(text) with { IncludeDependencies = true }, Is.Not.EqualTo(HostSelection.Parse(text)));
    }

    [Test]
    public void A_remark_says_where_a_piece_was_written()
    {
        Assert.That(string.Join(' ', HostSelection.Parse("db #hosts:1,!@us #hosts:2,web-* #hosts:3").Select(Example)), Is.EqualTo("db web-1"));
        Assert.That(HostSelection.Parse("db #hosts:1"), Is.EqualTo(HostSelection.Parse("db")));
        Assert.That(() => HostSelection.Parse("web-1,bd #hosts:7").Select(Example), Throws.TypeOf<UsageException>().With.Message.EqualTo("hosts:7: fleet has no host 'bd' (did you mean 'Db'?)."));
        Assert.That(() => HostSelection.Parse("! #hosts:7"), Throws.TypeOf<UsageException>().With.Message.StartsWith("hosts:7 has nothing after !"));
    }

    [Test]
    public void A_hundred_thousand_hosts_can_be_selected_by_as_many_names()
    {
        const int Count = 100_000;
        var fleet = new Fleet("fleet", new FleetSettings(), Enumerable.Range(0, Count)
            .Select(i => Needs($"host-{i}", i == 0 ? [] : [$"host-{i - 1}"]) with { Tags = [$"t{i % 1000}", $"own-{i}"] })
            .ToImmutableSortedDictionary(h => h.Name, h => h));
        var pieces = Enumerable.Range(0, Count).Select(i => i % 2 == 0 ? $"host-{i}" : $"@own-{i}").Concat(["host-*", "@t9*", "!host-99*"]);
        var selection = HostSelection.Parse(string.Join(',', pieces)) with { IncludeDependencies = true };
        Assert.That(selection.Select(fleet), Has.Count.EqualTo(Count - 1111));
    }

    [Test]
    public void Only_roles_and_tags_need_more_than_names()
    {
        Assert.That(HostSelection.Parse("web-*,!db").IsByName, Is.True);
        Assert.That(HostSelection.Parse("web-*,!@eu").IsByName, Is.False);
        Assert.That(HostSelection.Parse("a, b"), Is.EqualTo(HostSelection.Parse("a,b")));
    }

    [Test]
    public void A_selection_is_a_part_of_the_fleet_or_a_usage_error() =>
        Gen.String[Gen.Char["web-120db@!*?, eu"], 0, 12].Sample(
            text =>
            {
                try
                {
                    Assert.That(HostSelection.Parse(text).Select(Example), Is.Not.Empty.And.SubsetOf(Example.Hosts.Keys));
                }
                catch (UsageException)
                {
                }
            },
            iter: 5000,
            threads: 1);

    private static Host Needs(string name, params string[] dependencies) => new(HostName.Parse(name)) { Dependencies = [.. dependencies.Select(HostName.Parse)] };

    private static Host Of(string name, string? role, params string[] tags) => new(HostName.Parse(name)) { Role = role, Tags = [.. tags] };
}
