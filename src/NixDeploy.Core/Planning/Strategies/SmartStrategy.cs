using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning.Strategies;

/// <summary>
/// One stage, dependency-aware: a host starts as soon as the hosts it depends on are deployed. Where the risk is high, or many hosts take the
/// same change, a canary goes first.
/// </summary>
internal sealed class SmartStrategy : IDeploymentStrategy
{
    /// <summary>So many hosts that take the same change are many.</summary>
    private const int Many = 10;

    public string Name => "smart";

    public PlanShape Shape(StrategyInput input) => input.Hosts.IsEmpty ? new PlanShape([], [Reason(input)])
        : input.Hosts.Length > 1 && WhyCanary(input) is { } why ? Canary(input, why)
        : new PlanShape(
            [new Stage("deploy", input.StartOrder, Milestone.Committed, MaxInFlight: null, RollbackScope.Host, StopOnFailure: false)],
            [Reason(input)]);

    private static PlanShape Canary(StrategyInput input, string why)
    {
        var tag = input.Settings.Canary.Tag;
        var carried = tag is null || input.Hosts.Any(h => h.Change.Host.Tags.Contains(tag));
        var usable = carried ? input : CanaryOrder.WithoutTag(input);
        var stages = Waves.Stages(CanaryOrder.Of(usable), usable);
        ImmutableArray<string> reasons = stages.Length > 1 ? [why, CanaryStrategy.Reason(usable, stages)] : [why, "All changed hosts are canaries."];
        return new PlanShape(stages, reasons)
        {
            Warnings = carried ? [] : [$"No changed host carries the canary's tag {Text.Quote(tag)}; another one was chosen."],
        };
    }

    /// <summary>Why somebody should go first, or <see langword="null"/>.</summary>
    private static string? WhyCanary(StrategyInput input)
    {
        if (input.Hosts.Where(h => h.Risk.Level == RiskLevel.High).ToList() is { Count: > 0 } risky)
        {
            return $"A canary goes first because the risk is high: {(risky.Count == 1 ? risky[0].Name : $"{risky.Count} hosts")}, {risky[0].Risk.Reasons[0]}.";
        }

        var same = input.Hosts.Where(h => h.Change.Changes?.Counts.Packages > 0).CountBy(h => h, SameChange.Comparer).Select(g => g.Value).DefaultIfEmpty(0).Max();
        return same >= Many ? $"A canary goes first because {same} hosts take the same change." : null;
    }

    private static string Reason(StrategyInput input)
    {
        var waiting = input.Hosts.Count(h => input.Waits.After(h.Name).Length > 0);
        return (input.Hosts.Length, waiting) switch
        {
            (0, _) when !input.Blocked.IsEmpty => "No host that has changed can be deployed.",
            (0, _) => "Nothing has changed.",
            (1, _) => "One host has changed.",
            (var all, 0) => $"The {all} changed hosts do not depend on each other: they go in parallel.",
            (var all, var some) => $"{some} of the {all} changed hosts {(some == 1 ? "waits" : "wait")} for others: each starts as soon as those are deployed, the rest go in parallel.",
        };
    }
}
