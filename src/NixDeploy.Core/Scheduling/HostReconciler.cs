using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Scheduling;

/// <summary>
/// What is next for one host: a pure function of its plan, of what the log says of it, and of what the host's record says. A run that is
/// carried on from its log asks the same function as a live one, so that both do the same.
/// </summary>
internal static class HostReconciler
{
    /// <summary>The next step, or how the host ends.</summary>
    /// <param name="plan">What is to happen to the host.</param>
    /// <param name="host">What the log says.</param>
    /// <param name="record">What the host's record of this run's last transaction says; <see langword="null"/>: it was not asked yet.</param>
    /// <param name="to">The milestone that it is brought to.</param>
    public static NextStep Next(HostPlan plan, HostProgress host, TransactionState? record, Milestone to = Milestone.Committed) => host.Status switch
    {
        _ when host.Ended => new NextStep.Nothing(),
        HostStatus.Pending or HostStatus.Building => new NextStep.Prepare(),
        HostStatus.Copying or HostStatus.Testing => host.Reached is null ? new NextStep.Prepare()
            : plan.Mode == ActivationMode.DryActivate ? new NextStep.DryActivate()
            : new NextStep.Activate(plan.To),
        HostStatus.Activating => OfActivation(plan, record, to),
        HostStatus.Verifying when Was(host, HostStatus.Rebooting) => new NextStep.Verify(),
        HostStatus.Verifying => OfTrial(plan, host, record),
        HostStatus.Committing => OfCommit(plan, record),
        HostStatus.Rebooting => new NextStep.AwaitReboot(),
        HostStatus.Failed or HostStatus.RollingBack => IsCommitted(plan, host, record) ? OfRollback(plan, host, record) : OfTrialRollback(plan, host, record),
        _ => new NextStep.Nothing(),
    };

    /// <summary>Whether the run has committed the host, as the log or the host says: then a rollback is a transaction of its own.</summary>
    public static bool IsCommitted(HostPlan plan, HostProgress host, TransactionState? record) => Was(host, HostStatus.Deployed) || Was(host, HostStatus.Rebooting)
        || record is { Phase: TransactionPhase.Committed or TransactionPhase.Kept, Reason: not TransactionReason.NoGuard }
        || (record is { Reason: not TransactionReason.NeverBegun } && record.Target == plan.From.System && record.Target != plan.To);

    /// <summary>Whether a rollback of the host takes a reboot, as far as the log says.</summary>
    public static bool WasRebooted(HostProgress host) => Was(host, HostStatus.Rebooting);

    /// <summary>Whether a guard is at work on a transaction, so that it comes to an end without a controller.</summary>
    public static bool IsGuardAtWork(TransactionState record) => record is { Done: false, Unguarded: false, Phase: not TransactionPhase.HalfCommitted };

    /// <summary>How a host ended that its run did not see the end of; <see langword="null"/> while its transaction has not ended.</summary>
    public static Conclusion? Conclude(HostProgress host, TransactionState record)
    {
        // A committed host that was rolled back had its old system on trial.
        var wasRollback = record.Target == host.From.System;
        return record.Phase switch
        {
            TransactionPhase.Committed => wasRollback ? Conclusion.RolledBack : Conclusion.Committed,
            TransactionPhase.Kept => Conclusion.Kept,
            TransactionPhase.RollbackFailed => Conclusion.RollbackFailed,
            TransactionPhase.RolledBack or TransactionPhase.RevertedByReboot => wasRollback ? Conclusion.Committed : Conclusion.RolledBack,
            _ => null,
        };
    }

    private static NextStep OfActivation(HostPlan plan, TransactionState? record, Milestone to) => record switch
    {
        null => new NextStep.Ask(),
        { Reason: TransactionReason.NeverBegun } => new NextStep.Activate(plan.To),
        { Phase: TransactionPhase.Activating } => record.Unguarded ? new NextStep.Fail(FailureReason.Interrupted) : new NextStep.Ask(),
        { Phase: TransactionPhase.Committing or TransactionPhase.HalfCommitted } or { Phase: TransactionPhase.Committed, Outcome: ActivationOutcome.Installed } =>
            new NextStep.Submit(Verdict.Commit),
        { Phase: TransactionPhase.Committed } when plan.Mode == ActivationMode.Boot => new NextStep.Submit(Verdict.Commit),
        { Outcome: ActivationOutcome.NeedsReboot } => plan.Reboot is not null && plan.Mode == ActivationMode.Switch && to != Milestone.Healthy
            ? new NextStep.Install(plan.To)
            : new NextStep.End(new HostOutcome.NeedsReboot()),
        _ when IsTrialOf(record, plan.To) => record.Outcome is null or ActivationOutcome.Activated ? new NextStep.Verify() : new NextStep.Fail(FailureReason.Activation),
        _ => new NextStep.Fail(record.ByGuard ? FailureReason.GuardRolledBack : FailureReason.Activation),
    };

    private static NextStep OfTrial(HostPlan plan, HostProgress host, TransactionState? record) => record switch
    {
        _ when host.Reached == Milestone.Healthy => SubmitVerdict(plan),
        null => new NextStep.Ask(),
        { Phase: TransactionPhase.Committing or TransactionPhase.HalfCommitted } => new NextStep.Submit(Verdict.Commit),
        _ when IsTrialOf(record, plan.To) => new NextStep.Verify(),
        _ => new NextStep.Fail(FailureReason.GuardRolledBack),
    };

    private static NextStep OfCommit(HostPlan plan, TransactionState? record) => record switch
    {
        null => new NextStep.Ask(),
        { Phase: TransactionPhase.OnTrial or TransactionPhase.Committing or TransactionPhase.HalfCommitted } => SubmitVerdict(plan),
        { Phase: TransactionPhase.Committed } when TakesReboot(plan, record) => new NextStep.Reboot(plan.To),
        { Phase: TransactionPhase.Committed } => new NextStep.End(new HostOutcome.Committed(record.CurrentSystem != plan.To, record.RebootNeeded)),
        { Phase: TransactionPhase.Kept } => new NextStep.End(new HostOutcome.Kept()),
        _ => new NextStep.Fail(FailureReason.NotCommitted),
    };

    /// <summary>The transaction that is rolled back is the one that deployed: its guard is told so.</summary>
    private static NextStep OfTrialRollback(HostPlan plan, HostProgress host, TransactionState? record) => record switch
    {
        null => new NextStep.Ask(),
        { Phase: TransactionPhase.RolledBack or TransactionPhase.RevertedByReboot } => new NextStep.End(
            record.CurrentSystem == plan.To && plan.From.System != plan.To
                ? new HostOutcome.RollbackFailed(RollbackFailure.DeployedByAnotherRun)
                : new HostOutcome.RolledBack(
                    record.ByGuard,
                    record is { Phase: TransactionPhase.RevertedByReboot, Reason: not TransactionReason.GuardReboot })),
        { Phase: TransactionPhase.Committed or TransactionPhase.Kept, Reason: TransactionReason.NoGuard } => new NextStep.End(new HostOutcome.LeftOnNewSystem()),
        { Done: true } => new NextStep.End(new HostOutcome.RollbackFailed(RollbackFailure.Incomplete)),
        _ => host.Status == HostStatus.Failed && plan.AutoRollback ? new NextStep.BeginRollback() : new NextStep.Submit(Verdict.RollBack),
    };

    /// <summary>A committed host gets its old system by a transaction of its own, or by a reboot where it was rebooted into the new one.</summary>
    private static NextStep OfRollback(HostPlan plan, HostProgress host, TransactionState? record)
    {
        if (host.Status == HostStatus.Failed)
        {
            return plan.AutoRollback ? new NextStep.BeginRollback() : new NextStep.End(new HostOutcome.LeftOnNewSystem());
        }

        if (plan.From.System is not { } old)
        {
            return new NextStep.End(new HostOutcome.RollbackFailed(RollbackFailure.OldSystemUnknown));
        }

        return record switch
        {
            null => new NextStep.Ask(),
            _ when record.Target != old || record.Reason == TransactionReason.NeverBegun => BeginRollback(plan, host, record, old),
            { Phase: TransactionPhase.Activating, Unguarded: false } => new NextStep.Ask(),
            { Phase: TransactionPhase.Committing or TransactionPhase.HalfCommitted } => new NextStep.Submit(Verdict.Commit),
            { Phase: TransactionPhase.OnTrial } when record.CurrentSystem == old => new NextStep.Submit(Verdict.Commit),
            { Done: false } => new NextStep.Submit(Verdict.RollBack),
            { Phase: TransactionPhase.Committed } => record.CurrentSystem == old && !(WasRebooted(host) && record.RebootNeeded)
                ? new NextStep.End(new HostOutcome.RolledBack(ByGuard: false, ByReboot: false))
                : new NextStep.Reboot(old),

            // Nobody decided so: its controller was gone, or came too late. It is tried once more; the log tells how often it was begun.
            { ByGuard: true } when host.Timeline.Count(t => t.Status == HostStatus.RollingBack) == 1 => BeginRollback(plan, host, record, old),
            _ => new NextStep.End(new HostOutcome.RollbackFailed(RollbackFailure.NewSystemStays)),
        };
    }

    private static NextStep BeginRollback(HostPlan plan, HostProgress host, TransactionState record, StorePath old) =>
        WasRebooted(host) || (plan.Reboot is not null && record.BootedSystem == plan.To) ? new NextStep.Install(old) : new NextStep.Activate(old);

    private static NextStep.Submit SubmitVerdict(HostPlan plan) => new(plan.Mode == ActivationMode.Test ? Verdict.Keep : Verdict.Commit);

    private static bool TakesReboot(HostPlan plan, TransactionState record) =>
        plan.Reboot is { } reboot && (reboot.When == RebootPolicy.Always || record.RebootNeeded || record.CurrentSystem != plan.To);

    /// <summary>A system that was activated and waits for the verdict, or needs none because nothing guards it.</summary>
    private static bool IsTrialOf(TransactionState record, StorePath system) =>
        record.CurrentSystem == system && record is { Phase: TransactionPhase.OnTrial } or { Done: true, Reason: TransactionReason.NoGuard };

    private static bool Was(HostProgress host, HostStatus status) => host.Timeline.Any(t => t.Status == status);
}
