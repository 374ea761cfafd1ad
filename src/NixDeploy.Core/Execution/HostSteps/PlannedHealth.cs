using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Planning;

namespace NixDeploy.Execution.HostSteps;

/// <summary>What a host's health is measured by in a run, and what is told of it.</summary>
internal static class PlannedHealth
{
    /// <summary>What the host's plan says; an earlier version's says nothing of time-outs, and the defaults hold.</summary>
    public static HealthRequest Of(HostPlan plan) =>
        HealthRequest.For(plan.Described, new FleetSettings()) with { Window = plan.Window, FailedBefore = plan.FailedBefore, Before = plan.Before };

    /// <summary>Tells the run what a check answered, without waiting for that to be written down.</summary>
    public static ValueTask Tell(this RunContext run, HostName host, CheckReading reading)
    {
        _ = run.Emit(new CheckObserved(host, reading.Check, reading.Outcome == CheckOutcome.Passed, reading.Detail) { Measured = reading.Outcome != CheckOutcome.CouldNotMeasure });
        return ValueTask.CompletedTask;
    }
}
