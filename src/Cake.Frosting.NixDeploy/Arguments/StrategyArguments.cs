using System.Collections.Immutable;
using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>Which strategy the arguments ask for, and which of them exclude each other.</summary>
internal static class StrategyArguments
{
    private const string CanaryStrategy = "canary";

    private static readonly ImmutableArray<string> Canary = ["canary", "canary-tag", "waves", "bake", "approval", "approval-timeout"];

    /// <summary>What shapes a plan, and comes too late for one that is made.</summary>
    internal static readonly ImmutableArray<string> Shaping =
    [
        "hosts", "hosts-file", "include-dependencies", "strategy", "parallel", "sequential", "parallel-limit", "copy-limit", "tag-limits",
        .. Canary, "on-failure", "max-failures", "off-line", "auto-rollback", "mode", "reboot", "health-window", "disk-reserve", "skip-validation", "details",
    ];

    /// <summary>The strategy; <see langword="null"/> leaves it to the fleet. Whoever says how canaries go wants canaries.</summary>
    /// <exception cref="UsageException"><c>ND0212</c>: two arguments ask for different ones.</exception>
    public static string? Read(ArgumentReader reader)
    {
        var wishes = new[]
        {
            (Argument: "--strategy", Strategy: reader.Value("strategy", "a strategy's name")),
            (Argument: "--parallel", Strategy: reader.Flag("parallel") is true ? "parallel" : null),
            (Argument: "--sequential", Strategy: reader.Flag("sequential") is true ? "sequential" : null),
        }.Where(w => w.Strategy is not null).ToList();
        if (wishes.Select(w => w.Strategy).Distinct().Count() > 1)
        {
            throw new UsageException("ND0212", $"{string.Join(" and ", wishes.Select(w => w.Argument))} ask for different strategies; give one of them.");
        }

        var strategy = wishes.FirstOrDefault().Strategy;
        var canary = Canary.FirstOrDefault(reader.Has);
        return canary is null || strategy is CanaryStrategy or "smart" ? strategy
            : strategy is null ? CanaryStrategy
            : throw new UsageException("ND0212", $"--{canary} is for the strategies canary and smart, and {wishes[0].Argument} asks for {strategy}; give one of them.");
    }

    /// <summary>A plan that is made has its hosts, its order and its limits already.</summary>
    /// <exception cref="UsageException"><c>ND0212</c>: something would shape it.</exception>
    public static void CheckPlan(ArgumentReader reader)
    {
        if (reader.Has("plan") && Shaping.Where(reader.Has).Select(a => $"--{a}").ToList() is { Count: > 0 } shaping)
        {
            throw new UsageException("ND0212", $"--plan deploys a plan as it is, so {string.Join(", ", shaping)} cannot change it; leave {(shaping.Count == 1 ? "it" : "them")} out, or plan again.");
        }
    }
}
