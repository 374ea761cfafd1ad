using NixDeploy.Fleets;
using NixDeploy.Topology;

namespace NixDeploy.Planning;

/// <summary>Refuses what a strategy must not make: a plan that leaves a host out, brings it back a step, or waits for ever.</summary>
internal static class ShapeCheck
{
    /// <summary>Looks at the stages of a strategy.</summary>
    /// <exception cref="UsageException"><c>ND0245</c>.</exception>
    public static void ThrowIfBroken(string strategy, PlanShape shape, StrategyInput input)
    {
        if (Fault(shape, input) is { } fault)
        {
            throw new UsageException("ND0245", $"The strategy {Text.Quote(strategy)} made a plan that cannot be: {fault}.");
        }
    }

    private static string? Fault(PlanShape shape, StrategyInput input)
    {
        if (shape.HeldUpBy is { } cause)
        {
            return input.Blocked.Concat(input.Absent).Any(b => b.Name == cause) ? null : $"{cause} holds everybody up, and is no host that cannot be deployed";
        }

        var waits = input.Waits;
        var reached = new Milestone?[waits.Order.Count];
        foreach (var stage in shape.Stages)
        {
            if (stage.MaxInFlight < 1 || stage.Bake < TimeSpan.Zero || stage.After.OfType<Gate.Approval>().Any(a => a.Timeout <= TimeSpan.Zero))
            {
                return $"stage {Text.Quote(stage.Name)} has a limit below 1, a negative time, or no time for an approval";
            }

            if (stage.After.DistinctBy(g => g.GetType()).Count() < stage.After.Length || (stage.To != Milestone.Committed && !stage.After.IsEmpty))
            {
                return $"stage {Text.Quote(stage.Name)} has two gates of a kind, or one although it keeps nothing";
            }

            foreach (var host in stage.Hosts)
            {
                if (!waits.Contains(host) || waits.PlaceOf(host) is var place && waits.IsBridge(place))
                {
                    return $"{host} in stage {Text.Quote(stage.Name)} is no host that has changed";
                }

                if (reached[place] >= stage.To)
                {
                    return $"{host} is brought to {stage.To} in stage {Text.Quote(stage.Name)} although it was there before";
                }

                reached[place] = stage.To;
            }

            if (shape.KeepsDependencies && Early(stage, reached, waits) is { } early)
            {
                return early;
            }
        }

        var forgotten = input.Hosts.Select(h => h.Name).FirstOrDefault(h => reached[waits.PlaceOf(h)] != Milestone.Committed);
        return forgotten.Value.Length == 0 ? null : $"{forgotten} is not deployed in any stage";
    }

    /// <summary>A host before one that it waits for; bridges are where all are that they wait for.</summary>
    private static string? Early(Stage stage, Milestone?[] reached, Waits waits)
    {
        // For a bridge that is not there yet, the host that it waits for.
        var behind = new int[reached.Length];
        for (var place = 0; place < reached.Length; place++)
        {
            behind[place] = waits.IsBridge(place) ? Missing(place) : -1;
        }

        foreach (var host in stage.Hosts)
        {
            if (Missing(waits.PlaceOf(host)) is >= 0 and var missing)
            {
                return $"{host} is in stage {Text.Quote(stage.Name)}, but {waits.Order[missing]}, which it waits for, comes later";
            }
        }

        return null;

        int Missing(int place)
        {
            foreach (var wait in waits.AfterPlace(place))
            {
                if (waits.IsBridge(wait) ? behind[wait] >= 0 : !(reached[wait] >= stage.To))
                {
                    return waits.IsBridge(wait) ? behind[wait] : wait;
                }
            }

            return -1;
        }
    }
}
