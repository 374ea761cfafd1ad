using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>What one host's failure means for the others: a function of the plan and of how many have failed, nothing else.</summary>
internal sealed class FailurePolicy(DeploymentPlan plan)
{
    private readonly int allowed = plan.Budget.AllowedOf(plan.Hosts.Length);
    private readonly bool takesBack = plan.Hosts.Any(h => h.AutoRollback);

    /// <summary>A host has failed while it was deployed or watched.</summary>
    /// <param name="host">The host.</param>
    /// <param name="stage">Its stage's place in the plan, from 0; -1 before the first one.</param>
    /// <param name="failures">How many have failed, this one included.</param>
    public Consequence OfFailure(HostName host, int stage, int failures) =>
        failures > allowed ? Halt(failures, RollbackScope.Run, stage, $"{failures} {(failures == 1 ? "host" : "hosts")} failed, and {allowed} may")
        : ScopeOf(stage) is not RollbackScope.Host and var scope ? Halt(failures, scope, stage, $"{host} failed")
        : StopsAt(stage) || plan.OnFailure == OnFailure.Abort ? new Consequence(null, $"Not started because {host} failed.")
        : Consequence.None;

    /// <summary>A host was refused before it was touched. That is no failure, but spoils a stage in which it is all hosts or none.</summary>
    /// <param name="host">The host.</param>
    /// <param name="stage">The current stage's place in the plan, from 0; -1 before the first one.</param>
    /// <param name="failures">How many have failed.</param>
    public Consequence OfRefusal(HostName host, int stage, int failures) =>
        ScopeOf(stage) == RollbackScope.Run ? Halt(failures, RollbackScope.Run, stage, $"{host} cannot be deployed") : Consequence.None;

    /// <summary>Nobody approved: what nobody stands for is not kept.</summary>
    /// <param name="refused">Who did not approve.</param>
    /// <param name="failures">How many have failed.</param>
    public Consequence OfDisapproval(ApprovalRefused refused, int failures) => Halt(failures, RollbackScope.Run, refused.Stage, refused.InWords);

    private Consequence Halt(int failures, RollbackScope scope, int stage, string reason) => !takesBack
        ? new(null, $"Not started because {reason}; nobody is taken back (auto-rollback is off).")
        : new(new Decision.Halt(failures, allowed, scope, stage, reason), $"The run was halted: {reason}.");

    private RollbackScope ScopeOf(int stage) => plan.Stages.ElementAtOrDefault(stage)?.OnFailure ?? RollbackScope.Host;

    private bool StopsAt(int stage) => plan.Stages.ElementAtOrDefault(stage)?.StopOnFailure ?? false;
}

/// <summary>What follows from a failure.</summary>
/// <param name="Halt">Who goes back; <see langword="null"/>: the host that failed, nobody else.</param>
/// <param name="WhyClosed">Why no further host is started; <see langword="null"/>: the others go on.</param>
internal sealed record Consequence(Decision.Halt? Halt, string? WhyClosed)
{
    /// <summary>The others go on.</summary>
    public static Consequence None { get; } = new(null, null);
}
