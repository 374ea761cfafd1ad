using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>Makes a history of durations out of the moments of earlier runs. Pure.</summary>
internal static class DurationHistoryReader
{
    private static readonly ImmutableArray<(StepMark Start, StepMark End)> Steps =
    [
        (StepMark.BuildStarted, StepMark.HostBuilt),
        (StepMark.CopyStarted, StepMark.HostCopied),
        (StepMark.ActivationStarted, StepMark.HostActivated),
        (StepMark.HostActivated, StepMark.HostHealthy),
        (StepMark.CommitStarted, StepMark.HostCommitted),
    ];

    /// <summary>The medians, for each host and for all of them together.</summary>
    /// <param name="moments">The newest run first, and each run's moments in the order in which they were recorded.</param>
    public static DurationHistory From(IEnumerable<StepMoment> moments)
    {
        var hosts = new Dictionary<HostName, Seen>();
        foreach (var moment in moments)
        {
            if (!hosts.TryGetValue(moment.Host, out var seen))
            {
                hosts.Add(moment.Host, seen = new Seen());
            }

            seen.Add(moment);
        }

        var took = hosts.ToDictionary(h => h.Key, h => h.Value.Took());
        return new DurationHistory(took.ToImmutableDictionary(h => h.Key, h => new HostHistory(Medians(h.Value), hosts[h.Key].LastFailed)))
        {
            Fleet = Medians([.. Steps.Select((_, step) => took.Values.SelectMany(t => t[step]).ToList())]),
        };
    }

    private static StepDurations Medians(List<TimeSpan>[] took) => new()
    {
        Build = Median(took[0]),
        Copy = Median(took[1]),
        Activate = Median(took[2]),
        Verify = Median(took[3]),
        Commit = Median(took[4]),
    };

    /// <summary>The one in the middle; of an even number, half way between the two there.</summary>
    private static TimeSpan? Median(List<TimeSpan> all)
    {
        all.Sort();
        var middle = all.Count / 2;
        return all.Count switch
        {
            0 => null,
            var n when n % 2 == 1 => all[middle],
            _ => all[middle - 1] + ((all[middle] - all[middle - 1]) / 2),
        };
    }

    /// <summary>What was seen of a host, run after run.</summary>
    private sealed class Seen
    {
        private readonly List<TimeSpan?[]> runs = [];
        private readonly DateTimeOffset?[] started = new DateTimeOffset?[Steps.Length];
        private string? run;
        private string? newest;

        /// <summary>Whether the last word on it in its newest run was a failure.</summary>
        public bool LastFailed { get; private set; }

        public void Add(StepMoment moment)
        {
            if (run != moment.Run)
            {
                run = moment.Run;
                newest ??= run;
                runs.Add(new TimeSpan?[Steps.Length]);
                Array.Clear(started);
            }

            if (run == newest && moment.Mark is StepMark.HostFailed or StepMark.HostCommitted)
            {
                LastFailed = moment.Mark == StepMark.HostFailed;
            }

            for (var step = 0; step < Steps.Length; step++)
            {
                if (moment.Mark == Steps[step].Start)
                {
                    // A step that was begun again, by a resumed run for one, counts from there.
                    started[step] = moment.At;
                }
                else if (moment.Mark == Steps[step].End && started[step] is { } start)
                {
                    // A clock that was set back in between tells nothing.
                    runs[^1][step] = moment.At >= start ? moment.At - start : runs[^1][step];
                    started[step] = null;
                }
            }
        }

        /// <summary>For each step what it took, once for each run that completed it: the last time, when it was repeated.</summary>
        public List<TimeSpan>[] Took() => [.. Steps.Select((_, step) => runs.Select(r => r[step]).OfType<TimeSpan>().ToList())];
    }
}
