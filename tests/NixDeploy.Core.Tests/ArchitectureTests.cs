using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using ArchUnitNET.NUnit;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace NixDeploy.Tests;

/// <summary>Imports run one way: pure ground below, I/O on it, the coordinator alone above all.</summary>
[TestFixture]
internal sealed class ArchitectureTests
{
    private static readonly ArchUnitNET.Domain.Architecture Core = new ArchLoader().LoadAssembly(typeof(DeploymentCoordinator).Assembly).Build();

    /// <summary>Each room of the house with the rooms that it may know.</summary>
    private static readonly Dictionary<string, string[]> MayKnow = new(StringComparer.Ordinal)
    {
        ["Fleets"] = [],
        ["Topology"] = ["Fleets"],
        ["Changes"] = ["Fleets"],
        ["Planning"] = ["Fleets", "Topology", "Changes"],
        ["Events"] = ["Fleets", "Topology", "Changes", "Planning"],
        ["Nix"] = ["Fleets", "Changes"],
        ["Hosts"] = ["Fleets", "Changes", "Nix"],
        ["Health"] = ["Fleets", "Nix", "Hosts"],
        ["Execution"] = ["Fleets", "Topology", "Changes", "Planning", "Events", "Nix", "Hosts", "Health"],
        ["Journal"] = ["Fleets", "Topology", "Planning", "Events"],
        ["Reporting"] = ["Fleets", "Topology", "Changes", "Planning", "Events", "Journal"],
    };

    public static IEnumerable<string> Rooms => MayKnow.Keys;

    [TestCaseSource(nameof(Rooms))]
    public void A_room_knows_only_the_rooms_below_it(string room)
    {
        foreach (var other in MayKnow.Keys.Except(MayKnow[room]).Where(o => o != room))
        {
            IArchRule rule = Types().That().ResideInNamespaceMatching(Pattern(room))
                .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching(Pattern(other)))
                .WithoutRequiringPositiveResults();
            rule.Check(Core);
        }
    }

    [Test]
    public void Every_namespace_is_a_room_of_the_house()
    {
        var rooms = Core.Types.Select(t => t.Namespace.FullName).Where(n => n.StartsWith("NixDeploy.", StringComparison.Ordinal)).Select(n => n.Split('.')[1]).Distinct();
        Assert.That(rooms, Is.SubsetOf(MayKnow.Keys));
    }

    [Test]
    public void Data_never_knows_the_coordinator()
    {
        IArchRule rule = Types().That().ResideInNamespaceMatching(@"^NixDeploy\..+")
            .Should().NotDependOnAny(Types().That().HaveFullName(typeof(DeploymentCoordinator).FullName));
        rule.Check(Core);
    }

    [Test]
    public void Classes_are_sealed_static_or_abstract()
    {
        var open = typeof(DeploymentCoordinator).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsSealed: false, IsAbstract: false } && t.Namespace?.StartsWith("NixDeploy", StringComparison.Ordinal) == true);
        Assert.That(open, Is.Empty);
    }

    private static string Pattern(string room) => $@"^NixDeploy\.{room}(\..+)?$";
}
