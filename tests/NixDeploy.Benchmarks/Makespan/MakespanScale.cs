using NixDeploy.Events;

namespace NixDeploy.Benchmarks.Makespan;

/// <summary>How near runs of random fleets come to the shortest that they could be, and what they cost the controller.</summary>
internal static class MakespanScale
{
    private static readonly (int Least, int Most) Limits = (4, 400);

    private static readonly (int Least, int Most) Seconds = (1, 100);

    public static void Print(int fleets, int hosts, TextWriter text)
    {
        text.WriteLine($"### Runs: {fleets} random fleets of {hosts:N0} hosts");
        text.WriteLine();
        text.WriteLine("| fleet | at once | critical path | work / limit | run | run / bound | run / ramp bound | as planned / bound | CPU per event |");
        text.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        for (var warmUp = 0; warmUp < 5; warmUp++)
        {
            new SimulatedRun(RandomShape.Of(warmUp, Math.Min(hosts, 1_000), Limits, Seconds)).Play();
        }

        var rows = Enumerable.Range(0, fleets).Select(number => Row(number, hosts, text)).ToList();
        var ratios = rows.Select(r => r.Ratio).Order().ToList();
        var costs = rows.Select(r => r.Cost).Order().ToList();
        text.WriteLine();
        Summary("Run / bound", ratios, text);
        Summary("Run / ramp bound", [.. rows.Select(r => r.RampRatio).Order()], text);
        text.WriteLine($"CPU per host and event: min {costs[0]:F1} µs, median {costs[costs.Count / 2]:F1} µs, max {costs[^1]:F1} µs.");
        text.WriteLine();
    }

    private static void Summary(string what, List<double> sorted, TextWriter text) =>
        text.WriteLine($"{what}: min {sorted[0]:F4}, median {sorted[sorted.Count / 2]:F4}, max {sorted[^1]:F4}; above 1.02: {sorted.Count(r => r > 1.02)}.");

    private static (double Ratio, double RampRatio, double Cost) Row(int number, int hosts, TextWriter text)
    {
        var shape = RandomShape.Of(number, hosts, Limits, Seconds);
        var run = new SimulatedRun(shape);
        var (took, state) = Measured.Once(run.Play);
        if (state.Hosts.Values.Any(h => h.Status != HostStatus.Deployed) || run.MostAtOnce > shape.Limit)
        {
            throw new InvalidOperationException($"Fleet {number} was not deployed as planned: {run.MostAtOnce} at once; {string.Join(", ", state.Hosts.Values.CountBy(h => h.Status))}; {state.Hosts.Values.FirstOrDefault(h => h.Problem is not null)?.Problem}.");
        }

        var (ratio, ramp, cost) = (state.Elapsed / shape.LowerBound, state.Elapsed / Longer(shape.LowerBound, RampBound.Of(shape)), took.Cpu.TotalMicroseconds / run.Events);
        text.WriteLine(
            $"| {number}: {shape.Name} | {shape.Limit} | {shape.CriticalPath.TotalSeconds:F0} s | {shape.Area.TotalSeconds:F0} s | {state.Elapsed.TotalSeconds:F0} s | {ratio:F4} | {ramp:F4} | {run.Plan.Estimate.Total / shape.LowerBound:F4} | {cost:F1} µs |");
        text.Flush();
        return (ratio, ramp, cost);
    }

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
