using System.Diagnostics;
using System.Globalization;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;

namespace NixDeploy.Benchmarks.Planning;

/// <summary>How long planning takes for small and for large fleets, side by side.</summary>
internal static class PlanningScale
{
    private static readonly int[] Sizes = [1_000, 10_000, 30_000, 100_000, 300_000];

    private const int Large = 100_000;

    private static readonly IDeploymentStrategy[] Strategies = [new SmartStrategy(), new CanaryStrategy(), new BlueGreenStrategy()];

    public static void Print(int times, TextWriter text)
    {
        text.WriteLine($"### Planning: best of {times} and more");
        text.WriteLine();
        text.WriteLine("| fleet | strategy | hosts | dependencies | time | CPU | CPU / (n log₂ n) |");
        text.WriteLine("|---|---|---:|---:|---:|---:|---:|");
        foreach (var shape in Enum.GetValues<FleetShape>())
        {
            Rows(shape.ToString().ToLowerInvariant(), hosts => new GeneratedFleet(shape, hosts), times, text);
            Rows($"{shape.ToString().ToLowerInvariant()}, half unchanged", hosts => new GeneratedFleet(shape, hosts, unchanged: true), times, text);
        }

        Rows("layered, compared", hosts => new GeneratedFleet(FleetShape.Layered, hosts, compared: true), times, text);
        text.WriteLine();
        Json(times, text);
        using var self = Process.GetCurrentProcess();
        text.WriteLine($"Most memory that the process had during all of this: {self.PeakWorkingSet64 / 1e6:F0} MB.");
        text.WriteLine();
    }

    private static void Rows(string name, Func<int, GeneratedFleet> fleetOf, int times, TextWriter text)
    {
        foreach (var strategy in Strategies)
        {
            foreach (var hosts in Sizes)
            {
                Row(name, fleetOf(hosts), strategy, hosts, times, text);
            }
        }
    }

    private static void Row(string name, GeneratedFleet fleet, IDeploymentStrategy strategy, int hosts, int times, TextWriter text)
    {
        // Small ones oftener: they are over before the compiler has made up its mind.
        var took = Measured.Best(times * Math.Clamp(Large / hosts, 1, 10), () => fleet.Plan(strategy));
        text.WriteLine(
            $"| {name} | {strategy.Name} | {hosts:N0} | {fleet.Dependencies:N0} | {Milliseconds(took.Wall)} | {Milliseconds(took.Cpu)} | {took.Cpu.TotalNanoseconds / (hosts * Math.Log2(hosts)):F0} ns |");
        text.Flush();
    }

    private static void Json(int times, TextWriter text)
    {
        var plan = new GeneratedFleet(FleetShape.Layered, Large).Plan(new SmartStrategy());

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
