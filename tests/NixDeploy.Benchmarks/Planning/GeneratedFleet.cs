using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Scheduling;
using NixDeploy.Testing;
using NixDeploy.Topology;

namespace NixDeploy.Benchmarks.Planning;

/// <summary>How the hosts of a generated fleet depend on each other: about three dependencies each.</summary>
public enum FleetShape
{
    /// <summary>Layers of 1,000, of a tenth in small fleets; each host waits for three of the layer before.</summary>
    Layered,

    /// <summary>One chain through all hosts, and two hosts further up that each waits for too.</summary>
    Chain,

    /// <summary>Diamonds of 100, one below the other: all of the middle wait for the top, the bottom waits for all of the middle.</summary>
    Diamond,
}

/// <summary>A fleet made in code, and what planning knows about it.</summary>
internal sealed class GeneratedFleet
{
    private const int Diamond = 100;
    private const int Differences = 10;
    private const int FarthestSkip = 1_000;

    private readonly Fleet fleet;
    private readonly ImmutableArray<HostChange> changed;
    private readonly ImmutableArray<SkippedHost> skipped;

    /// <summary>Makes one; the same arguments give the same fleet.</summary>
    /// <param name="shape">Who waits for whom.</param>
    /// <param name="hosts">How many hosts.</param>
    /// <param name="unchanged">Whether about half of them, here and there, have not changed.</param>
    /// <param name="compared">Whether it is known what changes: one of ten changes, of thirty packages and units each.</param>
    public GeneratedFleet(FleetShape shape, int hosts, bool unchanged = false, bool compared = false)
    {
        var random = new Random(hosts);
        HostName[] names = [.. Enumerable.Range(0, hosts).Select(i => HostName.Parse($"host{i:D6}"))];
        var described = names.Select((name, i) => new Host(name) { Dependencies = [.. DependenciesOf(shape, i, Math.Min(1_000, hosts / 10), random).Distinct().Select(d => names[d])] }).ToList();
        fleet = new Fleet("generated", new FleetSettings(), described.ToImmutableSortedDictionary(h => h.Name, h => h));
        var halves = described.ToLookup(_ => unchanged && random.Next(2) == 0);
        var system = SimulatedSystem.Path("old");
        var differences = Enumerable.Range(0, Differences).Select(Difference).ToArray();
        changed =
        [
            .. halves[false].Select((h, i) => new HostChange(h, new SystemRef(system, 1), new SystemBuild(SimulatedSystem.Path(h.Name.Value), null))
            {
                Changes = compared ? differences[i % Differences] : null,
            }),
        ];
        skipped = [.. halves[true].Select(h => new SkippedHost(h.Name, new SystemRef(system, 1)))];
        Dependencies = described.Sum(h => h.Dependencies.Length);
    }

    /// <summary>How many dependencies there are in all.</summary>
    public int Dependencies { get; }

    /// <summary>Everything from the fleet's description to the plan with its estimate.</summary>
    public DeploymentPlan Plan(IDeploymentStrategy strategy)
    {
        var plan = Planner.Plan(
            new PlanningInput(fleet.Settings, DependencyGraph.Of(fleet), changed, skipped, ImmutableSortedDictionary<HostName, Problem>.Empty), strategy);
        return plan with { Estimate = PlanSimulation.Of(plan) };
    }

    private static SystemChanges Difference(int number) => new()
    {
        Counts = new ChangeCounts { PackagesUpgraded = 20, Units = 10 },
        Packages = [.. Enumerable.Range(0, 20).Select(p => new PackageChange($"package{p:D2}", PackageChangeKind.Upgraded, ["1.0"], [$"1.{number}"]))],
        Units = new ItemChanges { Changed = [.. Enumerable.Range(0, 10).Select(u => $"unit{number}{u}.service")] },
        BytesToCopy = 100_000_000,
        PathsToCopy = 40,
    };

    private static int[] DependenciesOf(FleetShape shape, int host, int layer, Random random) => shape switch
    {
        FleetShape.Layered when host < layer => [],
        FleetShape.Layered => [.. Enumerable.Range(0, 3).Select(_ => (((host / layer) - 1) * layer) + random.Next(layer))],
        FleetShape.Chain => [.. Enumerable.Range(0, 3).Select(n => host - 1 - (n == 0 ? 0 : random.Next(FarthestSkip))).Where(d => d >= 0)],
        _ => (host % Diamond) switch
        {
            0 => host == 0 ? [] : [host - 1],
            Diamond - 1 => [.. Enumerable.Range(host - Diamond + 2, Diamond - 2)],
            var place => host < Diamond ? [host - place] : [host - place, host - place - 1],
        },
    };
}
