namespace NixDeploy.Planning.Strategies;

/// <summary>Everything at once, dependencies or not: fastest, and riskier.</summary>
public sealed class ParallelStrategy : IDeploymentStrategy
{
    /// <inheritdoc/>
    public string Name => "parallel";

    /// <inheritdoc/>
    public PlanShape Shape(PlanningInput input)
    {
        var overridden = input.Waits().Where(w => w.Value.Length > 0).OrderBy(w => w.Key)
            .Select(w => $"{w.Key} does not wait for {string.Join(", ", w.Value)} although it depends on it.");
        return new PlanShape(
            [new Stage("deploy", input.StartOrder(), Milestone.Committed, MaxInFlight: null, RollbackScope.Host, StopOnFailure: false)],
            ["All changed hosts go at once because the parallel strategy was asked for."])
        {
            KeepsDependencies = false,
            Warnings = [.. overridden],
        };
    }
}
