using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Nix;
using NixDeploy.Survey;

namespace NixDeploy.Tests.Survey;

/// <summary>Whether the machine that answers is the one that is meant.</summary>
internal sealed class MachineIdentityTests
{
    private static readonly HostName P510 = HostName.Parse("p510");
    private static readonly HostName Razer = HostName.Parse("razer");
    private static readonly HostName Samsung = HostName.Parse("samsung");

    private readonly Dictionary<HostName, string> known = [];
    private readonly List<HostName> accepted = [];
    private LoadedFleet fleet = null!;

    [SetUp]
    public void A_fleet()
    {
        known.Clear();
        accepted.Clear();
        fleet = Fleet(P510, Razer, Samsung);
    }

    [Test]
    public void The_right_machines_pass() =>
        Assert.That(Verify(Answer(P510, "p510", "m1"), Answer(Razer, "razer.example.org", "m2"), Answer(Samsung, "nixos", "m3")), Is.All.Null);

    [Test]
    public void A_machine_with_the_name_of_another_host_is_refused()
    {
        Assert.That(Verify(Answer(P510, "razer", "m2"), Answer(Razer, "razer", "m2")), Is.EqualTo(new[] { "ND0821", null }));
        Assert.That(Verify(Answer(P510, "razer.example.org", "m2")), Is.EqualTo(new[] { "ND0821" }), "razer need not be there");
        accepted.Add(P510);
        Assert.That(Verify(Answer(P510, "razer", "m2")), Is.All.Null);
    }

    [Test]
    public void A_machine_that_runs_another_hosts_system_is_refused()
    {
        Assert.That(Verify(Answer(P510, "nixos", "m2") with { CurrentSystem = fleet.Systems[Razer].Toplevel }), Is.EqualTo(new[] { "ND0821" }));
        Assert.That(Verify(Answer(P510, "nixos", "m2") with { CurrentSystem = System("razer", "24.05") }), Is.EqualTo(new[] { "ND0821" }), "an earlier one, by its name");
        Assert.That(Verify(Answer(P510, "nixos", "m2") with { CurrentSystem = System("installer", "24.05") }), Is.All.Null);
    }

    [Test]
    public void Hosts_that_share_one_name_for_their_machines_are_told_apart_by_nothing_else()
    {
        fleet = fleet with { Systems = fleet.Systems.SetItem(P510, new SystemBuild(System("razer", "25.05"), null)) };
        Assert.That(Verify(Answer(P510, "razer", "m1") with { CurrentSystem = System("razer", "24.05") }, Answer(Razer, "razer", "m2")), Is.All.Null);
    }

    [Test]
    public void Two_names_of_one_machine_are_refused()
    {
        Assert.That(Verify(Answer(P510, "nixos", "m1"), Answer(Razer, "nixos", "m1"), Answer(Samsung, "nixos", "m3")), Is.EqualTo(new[] { "ND0820", "ND0820", null }));
        Assert.That(Verify(Answer(P510, "nixos", "m1"), Answer(Razer, "nixos", "m1") with { BootId = "other" }), Is.All.Null, "a copied disk is another machine");
    }

    [Test]
    public void Two_hosts_with_one_address_are_refused_whatever_answers()
    {
        fleet = Fleet((P510, new TargetSettings { Host = "10.0.0.5" }), (Razer, new TargetSettings { Host = "10.0.0.5" }), (Samsung, new TargetSettings { Host = "10.0.0.5", Port = 2222 }));
        Assert.That(Verify(Answer(P510, "p510", "m1"), Answer(Razer, "razer", "m1"), Answer(Samsung, "samsung", "m3")), Is.EqualTo(new[] { "ND0820", "ND0820", null }));
        var silent = new HostInspection(fleet.Fleet.Hosts[P510], null, new Problem("ND0513", "Nothing answers."));
        Assert.That(Identity().Verify([silent]).Select(i => i.Problem!.Code), Is.EqualTo(new[] { "ND0820" }));
    }

    [Test]
    public void Simulated_and_local_hosts_are_what_they_are([Values("simulated", "local")] string transport)
    {
        fleet = Fleet((P510, new TargetSettings { Host = "x", Transport = transport }), (Razer, new TargetSettings { Host = "x", Transport = transport }));
        Assert.That(Verify(Answer(P510, "razer", "m1"), Answer(Razer, "razer", "m1")), Is.All.Null);
    }

    [Test]
    public void A_machine_that_was_another_host_is_refused()
    {
        known[Razer] = "m2";
        Assert.That(Verify(Answer(P510, "nixos", "m2")), Is.EqualTo(new[] { "ND0822" }));
        accepted.Add(P510);
        Assert.That(Verify(Answer(P510, "nixos", "m2")), Is.All.Null);
    }

    [Test]
    public void A_new_machine_id_alone_is_a_warning_unless_it_is_forbidden()
    {
        known[P510] = "m1";
        var answer = Answer(P510, "p510", "m9");
        Assert.That(Verify(answer), Is.All.Null);
        Assert.That(Identity().Changes([Inspection(answer)]).Count(), Is.EqualTo(1));
        Assert.That(Identity().Changes([Inspection(Answer(P510, "p510", "m1"))]), Is.Empty);

        fleet = fleet with { Fleet = fleet.Fleet with { Settings = new FleetSettings { MachineId = MachineIdPolicy.Strict } } };
        Assert.That(Verify(answer), Is.EqualTo(new[] { "ND0823" }));
        accepted.Add(P510);
        Assert.That(Verify(answer), Is.All.Null);
        Assert.That(Identity().Changes([Inspection(answer)]), Is.Empty);
    }

    private MachineIdentity Identity() => new(fleet, known.ToImmutableDictionary(), [.. accepted]);

    private IEnumerable<string?> Verify(params Machine[] answers) => Identity().Verify([.. answers.Select(Inspection)]).Select(i => i.Problem?.Code);

    private HostInspection Inspection(Machine answer) => new(
        fleet.Fleet.Hosts[answer.Host], new HostState { HostName = answer.HostName, MachineId = answer.MachineId, BootId = answer.BootId, CurrentSystem = answer.CurrentSystem }, null);

    private static Machine Answer(HostName host, string name, string machine) => new(host, name, machine, $"boot of {machine}", System(host.Value, "24.11"));

    private static LoadedFleet Fleet(params HostName[] hosts) => Fleet([.. hosts.Select(h => (h, new TargetSettings()))]);

    private static LoadedFleet Fleet(params (HostName Host, TargetSettings Target)[] hosts) => new(
        new Fleet("test", new FleetSettings(), hosts.ToImmutableSortedDictionary(h => h.Host, h => new Host(h.Host) { Target = h.Target })),
        [.. hosts.Select(h => h.Host)],
        hosts.ToImmutableDictionary(h => h.Host, h => new SystemBuild(System(h.Host.Value, "25.05"), null)),
        ImmutableDictionary<HostName, Problem>.Empty,
        []);

    private static StorePath System(string name, string version) => RandomFleets.Toplevel($"{name}-{version}");

    private sealed record Machine(HostName Host, string HostName, string MachineId, string BootId, StorePath CurrentSystem);
}
