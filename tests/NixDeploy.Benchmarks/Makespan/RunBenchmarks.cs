using BenchmarkDotNet.Attributes;

namespace NixDeploy.Benchmarks.Makespan;

/// <summary>A whole run in virtual time, one size at a time.</summary>
[MemoryDiagnoser]
public class RunBenchmarks
{
    private SimulatedRun run = null!;

    [Params(100, 1_000, 10_000)]
    public int Hosts { get; set; }

    /// <summary>Hosts are deployed once.</summary>
    [IterationSetup]
    public void Make() => run = new SimulatedRun(RandomShape.Of(5, Hosts, (50, 50), (1, 100)));

    [Benchmark]
    public object Play() => run.Play();
}
