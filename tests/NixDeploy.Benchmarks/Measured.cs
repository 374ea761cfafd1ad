namespace NixDeploy.Benchmarks;

/// <summary>What a piece of work took.</summary>
/// <param name="Wall">By the clock on the wall, with everything else that the machine did meanwhile.</param>
/// <param name="Cpu">Of this process, all its threads: less noisy where other work goes on.</param>
internal readonly record struct Measured(TimeSpan Wall, TimeSpan Cpu)
{
    /// <summary>Does it once.</summary>
    public static (Measured Took, T Result) Once<T>(Func<T> work)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var (begin, cpu) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var result = work();
        return (new Measured(TimeProvider.System.GetElapsedTime(begin), Environment.CpuUsage.TotalTime - cpu), result);
    }

    /// <summary>Does it once to warm up and then so many times; the best of the walls and the best of the processor times.</summary>
    public static Measured Best<T>(int times, Func<T> work)
    {
        work();
        var all = Enumerable.Range(0, times).Select(_ => Once(work).Took).ToList();
        return new Measured(all.Min(m => m.Wall), all.Min(m => m.Cpu));
    }
}
