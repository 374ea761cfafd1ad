namespace NixDeploy.Planning.Strategies;

/// <summary>Rolls back to earlier generations, dependents before the hosts that they depend on.</summary>
/// <remarks>Not selected by name: <see cref="Planner.PlanRollback"/> is the only one who uses it.</remarks>
internal sealed class RollbackStrategy : IDeploymentStrategy
{
    /// <summary>What tells the plan of a rollback from every other.</summary>
    public const string OwnName = "rollback";

    public string Name => OwnName;

    public PlanShape Shape(StrategyInput input) => new(
        [new Stage("roll back", input.StartOrder, Milestone.Committed, MaxInFlight: null, RollbackScope.Host, StopOnFailure: false)],
        ["Hosts are rolled back to an earlier generation, dependents first."]);
}
