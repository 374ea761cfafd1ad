namespace NixDeploy.Benchmarks.Makespan;

/// <summary>What a random fleet looks like: who waits for whom, how long each activation takes, how many go at once.</summary>
/// <param name="Name">The kind of shape, with its measure.</param>
/// <param name="Dependencies">For each host the hosts that it waits for, all of them before it.</param>
/// <param name="Durations">How long each host's activation takes.</param>
/// <param name="Limit">How many may be activated at once.</param>
internal sealed record RandomShape(string Name, int[][] Dependencies, TimeSpan[] Durations, int Limit)
{
    private const int MostDependencies = 3;

    /// <summary>The longest way through the fleet.</summary>
    public TimeSpan CriticalPath
    {
        get
        {
            var ends = new TimeSpan[Durations.Length];
            for (var host = 0; host < ends.Length; host++)
            {
                ends[host] = Dependencies[host].Select(d => ends[d]).DefaultIfEmpty(TimeSpan.Zero).Max() + Durations[host];
            }

            return ends.Max();
        }
    }

    /// <summary>All the work, spread evenly.</summary>
    public TimeSpan Area => TimeSpan.FromTicks(Durations.Sum(d => d.Ticks) / Limit);

    /// <summary>No schedule is shorter.</summary>
    public TimeSpan LowerBound => CriticalPath > Area ? CriticalPath : Area;

    /// <summary>A fleet of one of the shapes, by turns; the same number gives the same fleet.</summary>
    /// <param name="number">Which one.</param>
    /// <param name="hosts">How many hosts.</param>
    /// <param name="limits">The least and the most that may be activated at once.</param>
    /// <param name="seconds">The shortest and the longest activation.</param>
    public static RandomShape Of(int number, int hosts, (int Least, int Most) limits, (int Least, int Most) seconds)
    {
        var random = new Random(number);
        var limit = random.Next(limits.Least, limits.Most + 1);
        var durations = Enumerable.Range(0, hosts).Select(_ => TimeSpan.FromMilliseconds(random.Next(seconds.Least * 1000, (seconds.Most * 1000) + 1))).ToArray();
        var (name, dependencies) = (number % 6) switch
        {
            0 => ("independent", Enumerable.Repeat<int[]>([], hosts).ToArray()),
            1 => Layers(hosts, random),
            2 => Chains(hosts, random),
            3 => ("trees", Enumerable.Range(0, hosts).Select(i => i == 0 || random.Next(20) == 0 ? [] : new[] { random.Next(i) }).ToArray()),
            4 => ("one tree", Enumerable.Range(0, hosts).Select(i => i == 0 ? [] : new[] { random.Next(i) }).ToArray()),
            _ => ("sparse", Enumerable.Range(0, hosts).Select(i => Some(random, 0, i)).ToArray()),
        };
        return new RandomShape(name, dependencies, durations, limit);
    }

    /// <summary>Each layer waits for some of the one before.</summary>
    private static (string Name, int[][] Dependencies) Layers(int hosts, Random random)
    {
        var width = random.Next(hosts / 100, hosts / 4);
        return ($"layers of {width}", Enumerable.Range(0, hosts).Select(i => i < width ? [] : Some(random, ((i / width) - 1) * width, i / width * width)).ToArray());
    }

    private static (string Name, int[][] Dependencies) Chains(int hosts, Random random)
    {
        var chains = random.Next(hosts / 100, hosts / 4);
        return ($"{chains} chains", Enumerable.Range(0, hosts).Select(i => i < chains ? [] : new[] { i - chains }).ToArray());
    }

    private static int[] Some(Random random, int from, int until) => until <= from ? [] :
        [.. Enumerable.Range(0, random.Next(MostDependencies + 1)).Select(_ => random.Next(from, until)).Distinct().Order()];
}
