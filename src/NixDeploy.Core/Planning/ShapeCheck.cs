using NixDeploy.Fleets;
using NixDeploy.Topology;

namespace NixDeploy.Planning;

/// <summary>Refuses what a strategy must not make: a plan that leaves a host out, brings it back a step, or waits for ever.</summary>
internal static class ShapeCheck
{
    /// <summary>Looks at the stages of a strategy.</summary>
    /// <param name="strategy">The strategy's name, for the sentence.</param>
    /// <param name="shape">What it made.</param>
    /// <param name="input">What it made it of.</param>
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
        var reached = input.Hosts.ToDictionary(h => h.Name, _ => (Milestone?)null);
        Waits? waits = shape.KeepsDependencies ? input.Waits : null;
        foreach (var stage in shape.Stages)
        {
            if (stage.MaxInFlight < 1 || stage.Bake < TimeSpan.Zero)
            {
                return $"stage {Text.Quote(stage.Name)} has a limit below 1 or a negative time";
            }

            foreach (var host in stage.Hosts)
            {
                if (!reached.TryGetValue(host, out var before))
                {
                    return $"{host} in stage {Text.Quote(stage.Name)} is no host that has changed";
                }

                if (before >= stage.To)
                {
                    return $"{host} is brought to {stage.To} in stage {Text.Quote(stage.Name)} although it was there before";
                }

                reached[host] = stage.To;
            }

            if (waits is not null && Early(stage, reached, waits) is { } early)
            {
                return early;
            }
        }

        var forgotten = reached.Where(r => r.Value != Milestone.Committed).Select(r => r.Key).ToList();
        return forgotten.Count == 0 ? null : $"{forgotten.Min()} is not deployed in any stage";
    }

    /// <summary>A host before one that it waits for; bridges are where all are that they wait for.</summary>
    private static string? Early(Stage stage, Dictionary<HostName, Milestone?> reached, Waits waits)
    {
        var open = new Dictionary<HostName, HostName>();
        foreach (var bridge in waits.Order.Where(waits.Bridges.ContainsKey))
        {
            if (Missing(bridge) is { } missing)
            {
                open.Add(bridge, missing);
            }
        }

        foreach (var host in stage.Hosts)
        {
            if (Missing(host) is { } missing)
            {
                return $"{host} is in stage {Text.Quote(stage.Name)}, but {missing}, which it waits for, comes later";
            }
        }

        return null;

        HostName? Missing(HostName host)
        {
            foreach (var wait in waits.After(host))
            {
                if (open.TryGetValue(wait, out var behind))
                {
                    return behind;
                }

                if (reached.TryGetValue(wait, out var milestone) && !(milestone >= stage.To))
                {
                    return wait;
                }
            }

            return null;
        }
    }
}
