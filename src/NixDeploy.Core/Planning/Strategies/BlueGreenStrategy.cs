using NixDeploy.Fleets;

namespace NixDeploy.Planning.Strategies;

/// <summary>Every host is prepared and tested, then every host runs the new system on trial, then every host keeps it; one failure takes all back.</summary>
/// <remarks>The keeping is not one moment across hosts: those that still wait for it have their guards renewed.</remarks>
public sealed class BlueGreenStrategy : IDeploymentStrategy
{
    /// <inheritdoc/>
    public string Name => "blue-green";

    /// <inheritdoc/>
    public PlanShape Shape(StrategyInput input) => input.Hosts.IsEmpty
        ? new PlanShape([], ["Nothing that can be deployed has changed."])
        : new PlanShape(
            [
                Of(input, "prepare", Milestone.Prepared),
                Of(input, "test", Milestone.Tested),
                Of(input, "try", Milestone.Healthy),
                Of(input, "keep", Milestone.Committed),
            ],
            [Reason(input.Mode)]);

    private static string Reason(ActivationMode mode) => mode switch
    {
        ActivationMode.Boot => "All hosts or none: no boot default changes before every host is prepared and tested.",
        ActivationMode.DryActivate => "Every host is prepared and tested, and nothing is activated.",
        _ => "All hosts or none: nothing is activated before every host is prepared and tested, and nothing kept before every host is healthy.",
    };

    private static Stage Of(StrategyInput input, string name, Milestone to) =>
        new(name, input.StartOrder, to, MaxInFlight: null, RollbackScope.Run, StopOnFailure: true);
}
