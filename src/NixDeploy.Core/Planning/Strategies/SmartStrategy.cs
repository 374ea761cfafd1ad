namespace NixDeploy.Planning.Strategies;

/// <summary>One stage, dependency-aware: a host starts as soon as the hosts it depends on are deployed.</summary>
public sealed class SmartStrategy : IDeploymentStrategy
{
    /// <inheritdoc/>
    public string Name => "smart";

    /// <inheritdoc/>
    public PlanShape Shape(PlanningInput input) => new(
        [new Stage("deploy", input.StartOrder(), Milestone.Committed, MaxInFlight: null, RollbackScope.Host, StopOnFailure: false)],
        [Reason(input)]);

    private static string Reason(PlanningInput input)
    {
        var waiting = input.Waits().Count(w => w.Value.Length > 0);
        return (input.Changed.Length, waiting) switch
        {
            (0, _) when input.Unplannable.Count > 0 => "No host that has changed can be deployed.",
            (0, _) => "Nothing has changed.",
            (1, _) => "One host has changed.",
            (var all, 0) => $"The {all} changed hosts do not depend on each other: they go in parallel.",
            var (all, some) => $"{some} of the {all} changed hosts wait for others: each starts as soon as those are deployed, the rest go in parallel.",
        };
    }
}
