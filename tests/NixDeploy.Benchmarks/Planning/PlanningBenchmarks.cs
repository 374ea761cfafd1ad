using BenchmarkDotNet.Attributes;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;

namespace NixDeploy.Benchmarks.Planning;

/// <summary>Planning, one size and shape at a time.</summary>
[MemoryDiagnoser]
public class PlanningBenchmarks
{
    private GeneratedFleet fleet = null!;
    private DeploymentPlan plan = null!;

    [Params(1_000, 10_000, 100_000)]
    public int Hosts { get; set; }

    [Params(FleetShape.Layered, FleetShape.Chain, FleetShape.Diamond)]
    public FleetShape Shape { get; set; }

    [Params(false, true)]
    public bool Unchanged { get; set; }

    [GlobalSetup]
    public void Generate()
    {
        fleet = new GeneratedFleet(Shape, Hosts, Unchanged);
        plan = fleet.Plan(new SmartStrategy());
    }

    [Benchmark]
    public object Smart() => fleet.Plan(new SmartStrategy());

    [Benchmark]
    public object Canary() => fleet.Plan(new CanaryStrategy());

    [Benchmark]
    public object BlueGreen() => fleet.Plan(new BlueGreenStrategy());

    /// <summary>A plan keeps its hash: another one each time.</summary>
    [Benchmark]
    public string Hash() => (plan with { }).Hash;
}
