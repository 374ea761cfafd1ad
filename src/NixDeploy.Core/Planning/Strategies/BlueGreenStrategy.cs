using NixDeploy.Fleets;

namespace NixDeploy.Planning.Strategies;

/// <summary>Every host is prepared and tested, then every host runs the new system on trial, then every host keeps it; one failure takes all back.</summary>
/// <remarks>A host that is known to be undeployable while planning keeps all others from being started. The keeping is not one moment across hosts: those that still wait for it have their guards renewed.</remarks>
internal sealed class BlueGreenStrategy : IDeploymentStrategy
{
    private const int MostNamed = 5;

    public string Name => "blue-green";

    public PlanShape Shape(StrategyInput input) => input.Hosts.IsEmpty
        ? new PlanShape([], ["Nothing that can be deployed has changed."])
        : input.Blocked.Where(b => b.Because is null).Select(b => b.Name).ToList() is { Count: > 0 } blocked
        ? new PlanShape([], [$"All hosts or none: no host is started because {HostList.Few(blocked, MostNamed)} cannot be deployed."]) { HeldUpBy = blocked[0] }
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
