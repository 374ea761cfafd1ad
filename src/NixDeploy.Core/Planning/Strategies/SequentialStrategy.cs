namespace NixDeploy.Planning.Strategies;

/// <summary>One host after the other in dependency order; the first failure stops the rest.</summary>
/// <param name="name">The name it goes by: sequential, or rolling.</param>
internal sealed class SequentialStrategy(string name) : IDeploymentStrategy
{
    public string Name => name;

    public PlanShape Shape(StrategyInput input) => new(
        [new Stage("deploy", input.StartOrder, Milestone.Committed, MaxInFlight: 1, RollbackScope.Host, StopOnFailure: true)],
        [$"One host at a time, and none after a failure, because the {Name} strategy was asked for."])
    {
        NeedsEveryBuild = true,
    };
}
