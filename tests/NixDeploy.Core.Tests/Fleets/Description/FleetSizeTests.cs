using System.Text;
using CsCheck;
using NixDeploy.Fleets.Description;
using NixDeploy.Fleets.Selection;
using NixDeploy.Nix;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Fleets.Description;

/// <summary>Very large fleets are read; very large nonsense is refused in few words.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class FleetSizeTests
{
    private const int TenMegabytes = 10_000_000;
    private const string Toplevel = "\"toplevel\": \"/nix/store/00000000000000000000000000000000-x\"";

    private static readonly Dictionary<string, Func<Random, string>> Nonsense = new(StringComparer.Ordinal)
    {
        ["characters of JSON"] = random => new string(random.GetItems<char>("{}[]\":,\\ 0123456789.eE+-truefalsn\n", TenMegabytes)),
        ["characters of JSON in a list"] = random => "[" + new string(random.GetItems<char>("[]1,", TenMegabytes)),
        ["a list of small things"] = random => $"[{string.Join(',', Enumerable.Repeat(random.Next(2) == 0 ? "[]" : "\"\"", TenMegabytes / 3))}]",
        ["a number"] = random => Hosts($"\"a\": {{ {Toplevel}, \"target\": {{ \"port\": {random.Next(1, 10)}{new string('7', TenMegabytes)} }} }}"),
        ["a fraction"] = _ => Hosts($"\"a\": {{ {Toplevel}, \"health-window\": -0.{new string('7', TenMegabytes)} }}"),
        ["a key"] = _ => Hosts($"\"a\": {{ {Toplevel}, \"{new string('k', TenMegabytes)}\": 1 }}"),
        ["a key there twice"] = _ => Hosts($"\"{new string('k', TenMegabytes / 2)}\": 1, \"{new string('k', TenMegabytes / 2)}\": 1"),
        ["a key of escapes"] = _ => Hosts($"\"{string.Concat(Enumerable.Repeat("\\u0000", TenMegabytes / 6))}\": 1"),
        ["a text"] = random => Hosts($"\"a\": {{ {Toplevel}, \"{random.GetItems<string>(["role", "toplevel", "installable", "tags"], 1)[0]}x\": \"{new string('v', TenMegabytes)}\" }}"),
        ["a public key"] = _ => Hosts($"\"a\": {{ {Toplevel}, \"target\": {{ \"host-key\": \"ssh-rsa {new string('A', TenMegabytes)}!\" }} }}"),
        ["depth"] = random => string.Concat(Enumerable.Repeat(random.Next(2) == 0 ? "[" : "{\"hosts\":", TenMegabytes / 9)),
        ["unknown keys"] = random => Hosts($"\"a\": {{ {Many(250_000, i => $"\"depend{random.Next(1000, 9999)}ncies{i}\": 1")}, {Toplevel} }}"),
        ["unknown keys at the top"] = random => $"{{ {Many(250_000, i => $"\"hosts{random.Next(1000, 9999)}{i}\": 1")} }}",
        ["limits on unknown tags"] = _ => $"{{ \"deployment-coordinator\": {{ \"tag-limits\": {{ {Many(200_000, i => $"\"tag-number-{i}\": 1")} }} }}, \"hosts\": {{ \"a\": {{ {Toplevel}, \"tags\": [{Many(100_000, i => $"\"gat-number-{i}\"")}] }} }} }}",
        ["waves"] = _ => $"{{ \"deployment-coordinator\": {{ \"canary\": {{ \"waves\": [{Many(1_000_000, i => $"\"{i % 100}%\"")}] }} }}, \"hosts\": {{ \"a\": {{ {Toplevel} }} }} }}",
        ["hosts that are none"] = _ => Hosts(Many(300_000, i => $"\"host-{i}\": {{ \"role\": 1 }}")),
        ["hosts without names"] = random => Hosts(Many(500_000, i => $"\" {random.Next(10)}{i}\": {{}}")),
        ["checks of nothing"] = _ => Hosts($"\"a\": {{ {Toplevel}, \"health-checks\": [{Many(500_000, i => $"{{ \"servce\": {i} }}")}] }}"),
    };

    private static readonly string[] Kinds = [.. Nonsense.Keys];

    [TestCaseSource(nameof(Kinds))]
    public void Ten_megabytes_of_nonsense_are_a_sentence(string kind)
    {
        var bytes = Encoding.UTF8.GetBytes(Nonsense[kind](new Random(7)));
        var error = Assert.Throws<FleetException>(() => Read(bytes))!;
        Assert.That(error.Message.Split('\n'), Has.Length.LessThan(30).And.All.Length.LessThan(1000));
    }

    [Test]
    public void Random_bytes_are_a_sentence() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            var bytes = new byte[TenMegabytes];
            new Random(seed).NextBytes(bytes);
            Assert.That(() => Read(bytes), Throws.TypeOf<FleetException>());
        },
        iter: 10,
        threads: 1);

    /// <summary>A real fleet of which some bytes are others, or gone: still a fleet, or a sentence.</summary>
    [Test]
    public void A_fleet_with_broken_bytes_is_a_fleet_or_a_sentence() => Gen
        .Select(Gen.Select(Gen.Int[0, int.MaxValue], Gen.Byte).Array[1, 4], Gen.Bool)
        .Sample(
            (changes, cut) =>
            {
                var bytes = Encoding.UTF8.GetBytes(Hosts(Many(5, Host)));
                foreach (var (at, value) in changes)
                {
                    bytes[at % bytes.Length] = value;
                }

                try
                {
                    Read(cut ? bytes[..(changes[0].Item1 % bytes.Length)] : bytes);
                }
                catch (FleetException)
                {
                }
            },
            iter: 5000,
            threads: 1);

    [Test]
    public async Task A_hundred_thousand_hosts_are_read()
    {
        using var folder = new TestFolder();
        var file = folder.Write("fleet.json", $"{{ \"deployment-coordinator\": {{ \"tag-limits\": {{ \"t7\": 1 }} }}, \"hosts\": {{ {Many(100_000, Host)} }} }}");
        var loaded = await FleetSources.Open(file).LoadAsync(HostSelection.Parse("@t7") with { IncludeDependencies = true }, default);
        Assert.That(loaded.Fleet.Hosts, Has.Count.EqualTo(100_000));
    }

    [Test]
    public void A_hundred_thousand_hosts_with_unknown_dependencies_are_complained_about()
    {
        var (fleet, _) = Read(Encoding.UTF8.GetBytes(Hosts(Many(100_000, i => $"\"host-{i}\": {{ {Toplevel}, \"dependencies\": [\"hots-{i}\"] }}"))));
        Assert.That(() => DependencyGraph.Of(fleet), Throws.TypeOf<FleetException>());
    }

    private static FleetDescription Read(byte[] bytes)
    {
        var reader = new FleetReader("f", "/srv/fleet");
        return reader.Finish(JsonFile.Parse(bytes, "f", (FleetReader.HostsKey, reader.Add)));
    }

    private static string Hosts(string hosts) => $"{{ \"hosts\": {{ {hosts} }} }}";

    private static string Many(int count, Func<int, string> each) => string.Join(", ", Enumerable.Range(0, count).Select(each));

    private static string Host(int i) =>
        $$"""
        "host-{{i}}": { "role": "client", "dependencies": [{{(i == 0 ? "" : $"\"host-{i / 2}\", \"host-{i - 1}\"")}}], "tags": ["t{{i % 1000}}", "eu"], "critical-services": ["nginx"],
          "health-checks": [ { "service": "node-exporter" }, { "http": "http://localhost:9090/-/healthy", "timeout": 30 } ], "rollback-on-failure": true, {{Toplevel}},
          "target": { "host": "10.0.0.1", "port": 22, "user": "root", "identity-file": "keys/id", "transport": "openssh" } }
        """;
}
