using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>Which strategy the arguments ask for, and which of them exclude each other.</summary>
internal static class StrategyArguments
{
    private const string CanaryStrategy = "canary";

    /// <summary>The strategy; <see langword="null"/> leaves it to the fleet. An argument about canaries means the strategy canary.</summary>
    /// <exception cref="UsageException"><c>ND0212</c>: two arguments ask for different ones.</exception>
    public static string? Read(ArgumentReader reader)
    {
        var asked = new[]
        {
            (Argument: "--strategy", Strategy: reader.Value("strategy", "a strategy's name")),
            (Argument: "--parallel", Strategy: reader.Flag("parallel") ? "parallel" : null),
            (Argument: "--sequential", Strategy: reader.Flag("sequential") ? "sequential" : null),
        }.Where(w => w.Strategy is not null).ToList();
        if (asked.Select(w => w.Strategy).Distinct().Count() > 1)
        {
            throw new UsageException("ND0212", $"{string.Join(" and ", asked.Select(w => w.Argument))} ask for different strategies; give one of them.");
        }

        var strategy = asked.FirstOrDefault().Strategy;
        var canary = Argument.All.FirstOrDefault(a => a.IsForCanaries && reader.Has(a.Name));
        return canary is null || strategy is CanaryStrategy or "smart" ? strategy
            : strategy is null ? CanaryStrategy
            : throw new UsageException("ND0212", $"--{canary.Name} is for the strategies canary and smart, and {asked[0].Argument} asks for {strategy}; give one of them.");
    }

    /// <summary>A saved plan has its hosts, its order and its limits already.</summary>
    /// <exception cref="UsageException"><c>ND0212</c>: an argument would shape it.</exception>
    public static void CheckPlan(ArgumentReader reader)
    {
        if (reader.Has("plan") && Argument.All.Where(a => a.ShapesPlan && reader.Has(a.Name)).Select(a => $"--{a.Name}").ToList() is { Count: > 0 } shaping)
        {
            throw new UsageException("ND0212", $"--plan deploys a plan as it is, so {string.Join(", ", shaping)} cannot change it; remove {(shaping.Count == 1 ? "it" : "them")}, or plan again.");
        }
    }
}
