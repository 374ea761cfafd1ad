using System.Diagnostics;
using System.Globalization;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;

namespace NixDeploy.Benchmarks.Planning;

/// <summary>How long planning takes for small and for large fleets, side by side.</summary>
internal static class PlanningScale
{
    private static readonly int[] Sizes = [1_000, 10_000, 100_000];

    private static readonly IDeploymentStrategy[] Strategies = [new SmartStrategy(), new CanaryStrategy(), new BlueGreenStrategy()];

    public static void Print(int times, TextWriter text)
    {
        text.WriteLine($"### Planning: best of {times} and more");
        text.WriteLine();
        text.WriteLine("| fleet | strategy | hosts | dependencies | time | CPU | CPU / (n log₂ n) |");
        text.WriteLine("|---|---|---:|---:|---:|---:|---:|");
        foreach (var shape in Enum.GetValues<FleetShape>())
        {
            foreach (var unchanged in new[] { false, true })
            {
                foreach (var strategy in Strategies)
                {
                    foreach (var hosts in Sizes)
                    {
                        Row(shape, unchanged, strategy, hosts, times, text);
                    }
                }
            }
        }

        text.WriteLine();
        Json(times, text);
        using var self = Process.GetCurrentProcess();
        text.WriteLine($"Most memory that the process had during all of this: {self.PeakWorkingSet64 / 1e6:F0} MB.");
        text.WriteLine();
    }

    private static void Row(FleetShape shape, bool unchanged, IDeploymentStrategy strategy, int hosts, int times, TextWriter text)
    {
        var fleet = new GeneratedFleet(shape, hosts, unchanged);

        // Small ones oftener: they are over before the compiler has made up its mind.
        var took = Measured.Best(times * Math.Min(10, Sizes[^1] / hosts), () => fleet.Plan(strategy));
        text.WriteLine(
            $"| {shape.ToString().ToLowerInvariant()}{(unchanged ? ", half unchanged" : "")} | {strategy.Name} | {hosts:N0} | {fleet.Dependencies:N0} | {Milliseconds(took.Wall)} | {Milliseconds(took.Cpu)} | {took.Cpu.TotalNanoseconds / (hosts * Math.Log2(hosts)):F0} ns |");
        text.Flush();
    }

    private static void Json(int times, TextWriter text)
    {
        var plan = new GeneratedFleet(FleetShape.Layered, Sizes[^1], unchanged: false).Plan(new SmartStrategy());

        // A plan keeps its hash: another one each time.
        var hash = Measured.Best(times, () => (plan with { }).Hash);
        var write = Measured.Best(times, () =>
        {
            PlanJson.Write(plan, TextWriter.Null);
            return true;
        });
        text.WriteLine($"The plan of {plan.Hosts.Length:N0} hosts as JSON: hash {Milliseconds(hash.Wall)} (CPU {Milliseconds(hash.Cpu)}), write {Milliseconds(write.Wall)} (CPU {Milliseconds(write.Cpu)}).");
    }

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F1} ms");
}
