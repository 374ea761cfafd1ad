namespace NixDeploy.Planning.Strategies;

/// <summary>Everything at once, dependencies or not: fastest, and riskier.</summary>
internal sealed class ParallelStrategy : IDeploymentStrategy
{
    private const int MostWarnings = 20;

    public string Name => "parallel";

    public PlanShape Shape(StrategyInput input)
    {
        var overridden = input.Hosts.Select(h => (h.Name, After: input.Waits.After(h.Name))).Where(w => w.After.Length > 0).ToList();
        var more = overridden.Count > MostWarnings ? [$"{overridden.Count - MostWarnings} more hosts do not wait for those that they depend on."] : Array.Empty<string>();
        return new PlanShape(
            [new Stage("deploy", input.StartOrder, Milestone.Committed, MaxInFlight: null, RollbackScope.Host, StopOnFailure: false)],
            ["All changed hosts go at once because the parallel strategy was asked for."])
        {
            KeepsDependencies = false,
            Warnings = [.. overridden.Take(MostWarnings).Select(w => $"{w.Name} does not wait for {string.Join(", ", w.After)} although it depends on it."), .. more],
        };
    }
}
