using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>How a canary's stages grow.</summary>
internal static class Waves
{
    /// <summary>The canaries, then waves until all hosts are deployed, each but the last watched before the next one begins.</summary>
    /// <param name="order">The hosts in the order in which they are entrusted with the change.</param>
    /// <param name="input">How many go first, and how the others follow; and the mode, which may leave nothing to watch or to ask.</param>
    /// <exception cref="UsageException"><c>ND0242</c>: the waves do not grow.</exception>
    public static ImmutableArray<Stage> Stages(CanaryOrder order, StrategyInput input)
    {
        var ends = Ends(order, input.Settings.Canary);
        var mode = new ModeGates(input);
        var stages = ImmutableArray.CreateBuilder<Stage>();
        var begin = 0;
        foreach (var end in ends)
        {
            var last = end == order.Hosts.Length;
            stages.Add(new Stage(
                Name(stages.Count, ends.Count),
                order.Hosts[begin..end],
                Milestone.Committed,
                MaxInFlight: null,
                stages.Count == 0 && !last ? RollbackScope.Stage : RollbackScope.Host,
                StopOnFailure: !last)
            { After = last ? [] : [.. Gates(order.Hosts, begin..end, input.Settings.Canary, mode)] });
            begin = end;
        }

        return stages.ToImmutable();
    }

    private static IEnumerable<Gate> Gates(ImmutableArray<HostName> hosts, Range wave, CanarySettings settings, ModeGates mode)
    {
        var watched = mode.Watches(hosts[wave]);
        if (watched)
        {
            yield return new Gate.Bake(settings.Bake);
        }

        if (mode.Asks && settings.Approval != Approval.None)
        {
            yield return new Gate.Approval(Question(hosts[wave], hosts.Length - wave.End.Value, watched), settings.ApprovalTimeout);
        }
    }

    private static string Question(ImmutableArray<HostName> wave, int left, bool watched)
    {
        var (one, names) = (wave.Length == 1, wave.Length <= 3 ? string.Join(", ", wave) : $"{wave.Length} hosts");
        var done = watched ? "deployed, and the bake passed" : $"deployed for {(one ? "its" : "their")} next boot, and {(one ? "it was" : "they were")} not seen running";
        return $"{names} {(one ? "was" : "were")} {done}; {left} {(left == 1 ? "host is" : "hosts are")} left. Go on?";
    }

    /// <summary>After each wave so many hosts are deployed; waves that a small fleet makes equal are one.</summary>
    private static List<int> Ends(CanaryOrder order, CanarySettings settings)
    {
        var all = order.Hosts.Length;
        var explicitFirst = settings.Tag is not null || settings.Hosts is not null || settings.Waves.IsEmpty;
        var ends = explicitFirst ? new List<int> { order.First } : [];
        var largest = 0;
        HostShare? before = null;
        foreach (var wave in settings.Waves)
        {
            var end = wave.Of(all);
            if (end < largest || (before is not null && Comparable(before, wave) && !(Size(wave) > Size(before))))
            {
                throw new UsageException("ND0242",
                    $"The canary's waves {string.Join(", ", settings.Waves)} do not grow: of {all} changed hosts, {wave} is {(end == largest ? "not more" : "less")} than {before}.");
            }

            (largest, before) = (end, wave);
            if (ends.Count == 0 || end > ends[^1])
            {
                ends.Add(end);
            }
        }

        if (ends.Count == 0 || ends[^1] < all)
        {
            ends.Add(all);
        }

        return ends;
    }

    private static bool Comparable(HostShare a, HostShare b) => a.Count is null == b.Count is null;

    private static double Size(HostShare share) => share.Count ?? share.Percent!.Value;

    private static string Name(int index, int count) => index == 0 ? "canary" : index == count - 1 && count == 2 ? "the others" : $"wave {index + 1}";
}
