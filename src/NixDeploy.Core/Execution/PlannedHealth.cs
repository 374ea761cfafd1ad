using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Planning;

namespace NixDeploy.Execution;

/// <summary>What a host's health is measured by in a run.</summary>
internal static class PlannedHealth
{
    /// <summary>What the fleet's settings, the host's own, and its plan say.</summary>
    public static HealthRequest Of(HostPlan plan, Host host, FleetSettings settings) =>
        HealthRequest.For(host, settings) with { Window = plan.Window, FailedBefore = plan.FailedBefore, Before = plan.Before };
}
