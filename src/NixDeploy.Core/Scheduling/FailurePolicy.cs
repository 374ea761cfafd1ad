using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>What one host's failure means for the others: a function of the plan and of how many have failed, nothing else.</summary>
internal sealed class FailurePolicy(DeploymentPlan plan)
{
    private readonly int allowed = plan.Budget.AllowedOf(plan.Hosts.Length);
    private readonly bool rollsBack = plan.Hosts.Any(h => h.AutoRollback);

    /// <summary>A host has failed while it was deployed or watched.</summary>
    /// <param name="host">The host.</param>
    /// <param name="stage">Its stage's place in the plan, from 0; -1 before the first one.</param>
    /// <param name="failures">How many have failed, this one included.</param>
    public Consequence OfFailure(HostName host, int stage, int failures) =>
        failures > allowed ? Halt(failures, RollbackScope.Run, stage, new HaltReason.BudgetExceeded(failures, allowed))
        : ScopeOf(stage) is not RollbackScope.Host and var scope ? Halt(failures, scope, stage, new HaltReason.HostFailed(host))
        : StopsAt(stage) || plan.OnFailure == OnFailure.Abort ? new Consequence(null, new CancelReason.AfterFailure(host))
        : Consequence.None;

    /// <summary>A host was refused before it was touched. That is no failure, but a stage of all hosts or none cannot go on.</summary>
    /// <param name="host">The host.</param>
    /// <param name="stage">The current stage's place in the plan, from 0; -1 before the first one.</param>
    /// <param name="failures">How many have failed.</param>
    public Consequence OfRefusal(HostName host, int stage, int failures) =>
        ScopeOf(stage) == RollbackScope.Run ? Halt(failures, RollbackScope.Run, stage, new HaltReason.HostRefused(host)) : Consequence.None;

    /// <summary>A host does not build: in a run that aborts then, none is activated.</summary>
    /// <param name="host">The host.</param>
    public Consequence OfBuildFailure(HostName host) =>
        new(null, plan.OnBuildFailure == OnBuildFailure.Abort ? new CancelReason.AfterBuildFailure(host) : null);

    /// <summary>The next stage was not approved: what was deployed for it to be judged is rolled back.</summary>
    public Consequence OfDisapproval(ApprovalRefused refused, int failures) =>
        Halt(failures, RollbackScope.Run, refused.Stage, new HaltReason.NotApproved(refused.By, refused.Reason));

    private Consequence Halt(int failures, RollbackScope scope, int stage, HaltReason reason) => rollsBack
        ? new(new Decision.Halt(failures, allowed, scope, stage, reason), new CancelReason.Halted(reason))
        : new(null, new CancelReason.NotHalted(reason));

    private RollbackScope ScopeOf(int stage) => plan.Stages.ElementAtOrDefault(stage)?.OnFailure ?? RollbackScope.Host;

    private bool StopsAt(int stage) => plan.Stages.ElementAtOrDefault(stage)?.StopOnFailure ?? false;
}

/// <summary>What follows from a failure.</summary>
/// <param name="Halt">Which hosts are rolled back; <see langword="null"/>: the host that failed, no other.</param>
/// <param name="Closed">Why no further host is started; <see langword="null"/>: the others go on.</param>
internal sealed record Consequence(Decision.Halt? Halt, CancelReason? Closed)
{
    /// <summary>The others go on.</summary>
    public static Consequence None { get; } = new(null, null);
}
