using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;
using NixDeploy.Scheduling;

namespace NixDeploy.Tests.Scheduling;

/// <summary>What is next for a host: one row for each plan, each place in the log, and each answer of the host.</summary>
[TestFixture]
internal sealed class HostReconcilerTests
{
    private static readonly HostName Web = HostName.Parse("web");
    private static readonly StorePath Old = RandomFleets.Toplevel("old");
    private static readonly StorePath New = RandomFleets.Toplevel("new");
    private static readonly Problem Why = new("ND0605", "It failed.");

    private static readonly HostPlan Switch = new(Web, new SystemRef(Old, 1), New, [], TimeSpan.Zero, TimeSpan.FromMinutes(2));
    private static readonly HostPlan Unguarded = Switch with { Guard = null, AutoRollback = false };
    private static readonly HostPlan Test = Switch with { Mode = ActivationMode.Test };
    private static readonly HostPlan Boot = Switch with { Mode = ActivationMode.Boot };
    private static readonly HostPlan IfNeeded = Switch with { Reboot = new RebootPlan(RebootPolicy.IfNeeded, TimeSpan.FromMinutes(10)) };
    private static readonly HostPlan Always = Switch with { Reboot = new RebootPlan(RebootPolicy.Always, TimeSpan.FromMinutes(10)) };

    // The log, up to an event.
    private static readonly HostEvent[] Begun = [];
    private static readonly HostEvent[] CopyBegun = [new HostBuilt(Web), new CopyStarted(Web)];
    private static readonly HostEvent[] Copied = [.. CopyBegun, new HostCopied(Web, 1, 1, 1)];
    private static readonly HostEvent[] Activating = [.. Copied, new ActivationStarted(Web, new SystemRef(Old, 1), New)];
    private static readonly HostEvent[] Activated = [.. Activating, new HostActivated(Web)];
    private static readonly HostEvent[] Healthy = [.. Activated, new HostHealthy(Web)];
    private static readonly HostEvent[] Committing = [.. Healthy, new CommitStarted(Web)];
    private static readonly HostEvent[] Committed = [.. Committing, new HostCommitted(Web, 2)];
    private static readonly HostEvent[] Rebooting = [.. Committing, new RebootStarted(Web, 2)];
    private static readonly HostEvent[] Rebooted = [.. Rebooting, new HostRebooted(Web, New)];
    private static readonly HostEvent[] Failed = [.. Activated, new HostFailed(Web, Why, Activated: true)];
    private static readonly HostEvent[] RollingBack = [.. Failed, new RollbackStarted(Web, "")];
    private static readonly HostEvent[] CommittedRollingBack = [.. Committed, new RollbackStarted(Web, "")];
    private static readonly HostEvent[] RebootedFailed = [.. Rebooted, new HostFailed(Web, Why, Activated: true)];
    private static readonly HostEvent[] RebootedRollingBack = [.. RebootedFailed, new RollbackStarted(Web, "")];

    private static readonly TransactionState NeverBegun = Says(TransactionPhase.RolledBack, TransactionReason.NeverBegun) with { Target = Old };
    private static readonly TransactionState OnTrial = Says(TransactionPhase.OnTrial) with { CurrentSystem = New, Outcome = ActivationOutcome.Activated };
    private static readonly TransactionState Done = Says(TransactionPhase.Committed, TransactionReason.Verdict) with { CurrentSystem = New };
    private static readonly TransactionState Back = Says(TransactionPhase.OnTrial) with { Target = Old, CurrentSystem = Old };

    private static readonly NextStep Commit = new NextStep.Submit(Verdict.Commit);
    private static readonly NextStep Ask = new NextStep.Ask();
    private static readonly NextStep RollBack = new NextStep.Submit(Verdict.RollBack);
    private static readonly NextStep BeginRollback = new NextStep.BeginRollback();

    public static IEnumerable<TestCaseData> Table()
    {
        // Before anything is activated.
        yield return Row("not begun", Switch, Begun, null, new NextStep.Prepare());
        yield return Row("a copy that was interrupted is made again", Switch, CopyBegun, null, new NextStep.Prepare());
        yield return Row("copied", Switch, Copied, null, new NextStep.Activate(New));
        yield return Row("copied, only to say what would happen", Switch with { Mode = ActivationMode.DryActivate }, Copied, null, new NextStep.DryActivate());

        // The activation has begun.
        yield return Row("the log does not tell", Switch, Activating, null, Ask);
        yield return Row("the host never heard of it", Switch, Activating, NeverBegun, new NextStep.Activate(New));
        yield return Row("it is still activating", Switch, Activating, Says(TransactionPhase.Activating), Ask);
        yield return Row("its guard is gone", Switch, Activating, Says(TransactionPhase.Activating) with { Unguarded = true }, Fail(FailureReason.Interrupted));
        yield return Row("activated", Switch, Activating, OnTrial, new NextStep.Verify());
        yield return Row("activated, and units failed", Switch, Activating, OnTrial with { Outcome = ActivationOutcome.ActivatedWithFailures }, Fail(FailureReason.Activation));
        yield return Row("not activated", Switch, Activating, OnTrial with { CurrentSystem = Old, Outcome = ActivationOutcome.Failed }, Fail(FailureReason.Activation));
        yield return Row("the guard rolled back at its deadline", Switch, Activating, RolledBack(TransactionReason.Deadline), Fail(FailureReason.GuardRolledBack));
        yield return Row("a reboot ended it", Switch, Activating, Says(TransactionPhase.RevertedByReboot, TransactionReason.Reboot), Fail(FailureReason.GuardRolledBack));
        yield return Row("a switch without a guard", Unguarded, Activating, Done with { Reason = TransactionReason.NoGuard }, new NextStep.Verify());
        yield return Row("a switch without a guard, half done at a power cut", Unguarded, Activating, Says(TransactionPhase.HalfCommitted, TransactionReason.Reboot), Commit);
        yield return Row("it needs a reboot, and none is allowed", Switch, Activating, NeedsReboot(), End(new HostOutcome.NeedsReboot()));
        yield return Row("it needs a reboot", IfNeeded, Activating, NeedsReboot(), new NextStep.Install(New));
        yield return Row("it needs a reboot, which a trial does not outlive", IfNeeded, Activating, NeedsReboot(), End(new HostOutcome.NeedsReboot()), Milestone.Healthy);
        yield return Row("installed for the next boot", Boot, Activating, Done with { CurrentSystem = Old, Outcome = ActivationOutcome.Installed }, Commit);
        yield return Row("being installed for the next boot", Boot, Activating, Says(TransactionPhase.Committing, TransactionReason.Verdict), Commit);
        yield return Row("not installed for the next boot", Boot, Activating, RolledBack(TransactionReason.BootFailed), Fail(FailureReason.Activation));

        // On trial.
        yield return Row("on trial, the log does not tell", Switch, Activated, null, Ask);
        yield return Row("on trial", Switch, Activated, OnTrial, new NextStep.Verify());
        yield return Row("the guard rolled back during the health window", Switch, Activated, RolledBack(TransactionReason.Deadline), Fail(FailureReason.GuardRolledBack));
        yield return Row("healthy", Switch, Healthy, null, Commit);
        yield return Row("healthy, in mode test", Test, Healthy, null, new NextStep.Submit(Verdict.Keep));

        // The verdict was about to be submitted.
        yield return Row("the verdict may not have arrived", Switch, Committing, null, Ask);
        yield return Row("the verdict did not arrive", Switch, Committing, OnTrial, Commit);
        yield return Row("in mode test it did not arrive", Test, Committing, OnTrial, new NextStep.Submit(Verdict.Keep));
        yield return Row("a power cut left it half committed", Switch, Committing, Says(TransactionPhase.HalfCommitted, TransactionReason.Reboot), Commit);
        yield return Row("committed", Switch, Committing, Done, End(new HostOutcome.Committed(AtNextBoot: false, RebootNeeded: false)));
        yield return Row("committed for the next boot", Boot, Committing, Done with { CurrentSystem = Old, RebootNeeded = true }, End(new HostOutcome.Committed(AtNextBoot: true, RebootNeeded: true)));
        yield return Row("kept", Test, Committing, Says(TransactionPhase.Kept, TransactionReason.Verdict) with { CurrentSystem = New }, End(new HostOutcome.Kept()));
        yield return Row("the verdict came too late", Switch, Committing, RolledBack(TransactionReason.Deadline), Fail(FailureReason.NotCommitted));
        yield return Row("the boot loader failed", Switch, Committing, RolledBack(TransactionReason.BootFailed), Fail(FailureReason.NotCommitted));

        // Reboots.
        yield return Row("no reboot is needed", IfNeeded, Committing, Done, End(new HostOutcome.Committed(AtNextBoot: false, RebootNeeded: false)));
        yield return Row("another kernel", IfNeeded, Committing, Done with { RebootNeeded = true }, new NextStep.Reboot(New));
        yield return Row("a reboot in any case", Always, Committing, Done, new NextStep.Reboot(New));
        yield return Row("a reboot is in progress", Always, Rebooting, null, new NextStep.AwaitReboot());
        yield return Row("rebooted", Always, Rebooted, null, new NextStep.Verify());
        yield return Row("not healthy after the reboot", Always, RebootedFailed, Done, BeginRollback);
        yield return Row("not healthy after the reboot, and no rollback", Always with { AutoRollback = false }, RebootedFailed, Done, End(new HostOutcome.LeftOnNewSystem()));
        yield return Row("its rollback takes a reboot", Always, RebootedRollingBack, Done, new NextStep.Install(Old));
        yield return Row("the old system is installed", Always, RebootedRollingBack, Done with { Target = Old, Outcome = ActivationOutcome.Installed }, new NextStep.Reboot(Old));
        yield return Row("the old system was booted", Always, RebootedRollingBack, Done with { Target = Old, CurrentSystem = Old }, End(RolledBackAsTold));

        // A trial that is rolled back.
        yield return Row("it has failed, the log does not tell", Switch, Failed, null, Ask);
        yield return Row("it has failed on trial", Switch, Failed, OnTrial, BeginRollback);
        yield return Row("it has failed, and the guard has rolled back", Switch, Failed, RolledBack(TransactionReason.Deadline), End(new HostOutcome.RolledBack(ByGuard: true, ByReboot: false)));
        yield return Row("it has failed, and a reboot rolled back", Switch, Failed, Says(TransactionPhase.RevertedByReboot, TransactionReason.Reboot), End(new HostOutcome.RolledBack(ByGuard: true, ByReboot: true)));
        yield return Row("it has failed, and the guard rebooted it", Switch, Failed, Says(TransactionPhase.RevertedByReboot, TransactionReason.GuardReboot), End(new HostOutcome.RolledBack(ByGuard: true, ByReboot: false)));
        yield return Row("it has failed without a guard", Unguarded, Failed, Done with { Reason = TransactionReason.NoGuard }, End(new HostOutcome.LeftOnNewSystem()));
        yield return Row("the verdict may not have arrived: roll back", Switch, RollingBack, null, Ask);
        yield return Row("the verdict did not arrive: roll back", Switch, RollingBack, OnTrial, RollBack);
        yield return Row("rolled back", Switch, RollingBack, RolledBack(TransactionReason.Verdict), End(RolledBackAsTold));
        yield return Row("never begun", Switch, RollingBack, NeverBegun, End(RolledBackAsTold));
        yield return Row("what another run had deployed", Switch, RollingBack, RolledBack(TransactionReason.Verdict) with { CurrentSystem = New }, End(new HostOutcome.RollbackFailed(RollbackFailure.DeployedByAnotherRun)));
        yield return Row("the rollback failed", Switch, RollingBack, Says(TransactionPhase.RollbackFailed, TransactionReason.Units), End(new HostOutcome.RollbackFailed(RollbackFailure.Incomplete)));
        yield return Row("half committed, and it is rolled back", Switch, RollingBack, Says(TransactionPhase.HalfCommitted, TransactionReason.Reboot), RollBack);
        yield return Row("the commit had arrived: the rollback is a transaction", Switch, RollingBack, Done, new NextStep.Activate(Old));

        // A committed host that is rolled back.
        yield return Row("committed", Switch, Committed, null, new NextStep.Nothing());
        yield return Row("a rollback, the log does not tell", Switch, CommittedRollingBack, null, Ask);
        yield return Row("a rollback that was not begun", Switch, CommittedRollingBack, Done, new NextStep.Activate(Old));
        yield return Row("a rollback of a host that somebody booted", IfNeeded, CommittedRollingBack, Done with { BootedSystem = New }, new NextStep.Install(Old));
        yield return Row("the old system is being activated", Switch, CommittedRollingBack, Back with { Phase = TransactionPhase.Activating }, Ask);
        yield return Row("the old system is on trial", Switch, CommittedRollingBack, Back, Commit);
        yield return Row("the old system does not run", Switch, CommittedRollingBack, Back with { CurrentSystem = New }, RollBack);
        yield return Row("the old system is committed", Switch, CommittedRollingBack, Back with { Phase = TransactionPhase.Committed }, End(RolledBackAsTold));
        yield return Row("the guard ended a rollback that nobody carried on", Switch, CommittedRollingBack, GuardEnded(), new NextStep.Activate(Old));
        yield return Row("the guard ended it twice", Switch, [.. CommittedRollingBack, new RollbackStarted(Web, "")], GuardEnded(), End(new HostOutcome.RollbackFailed(RollbackFailure.NewSystemStays)));
        yield return Row("the rollback did not go", Switch, CommittedRollingBack, GuardEnded() with { Reason = TransactionReason.Verdict }, End(new HostOutcome.RollbackFailed(RollbackFailure.NewSystemStays)));
        yield return Row("nobody knows what it ran", Switch with { From = SystemRef.Unknown }, CommittedRollingBack, Done, End(new HostOutcome.RollbackFailed(RollbackFailure.OldSystemUnknown)));
    }

    [TestCaseSource(nameof(Table))]
    public void The_next_step_follows_from_the_plan_the_log_and_the_host(HostPlan plan, HostProgress log, TransactionState? record, NextStep next, Milestone to) =>
        Assert.That(HostReconciler.Next(plan, log, record, to), Is.EqualTo(next));

    [TestCase(TransactionPhase.Committed, false, Conclusion.Committed)]
    [TestCase(TransactionPhase.Kept, false, Conclusion.Kept)]
    [TestCase(TransactionPhase.RolledBack, false, Conclusion.RolledBack)]
    [TestCase(TransactionPhase.RevertedByReboot, false, Conclusion.RolledBack)]
    [TestCase(TransactionPhase.RollbackFailed, false, Conclusion.RollbackFailed)]
    [TestCase(TransactionPhase.Committed, true, Conclusion.RolledBack)]
    [TestCase(TransactionPhase.RolledBack, true, Conclusion.Committed)]
    [TestCase(TransactionPhase.OnTrial, false, null)]
    public void What_a_run_did_not_see_follows_from_the_record(TransactionPhase phase, bool wasRollback, Conclusion? conclusion) =>
        Assert.That(HostReconciler.Conclude(Log(Switch, []), Says(phase) with { Target = wasRollback ? Old : New }), Is.EqualTo(conclusion));

    [TestCase(TransactionPhase.Activating, false, true)]
    [TestCase(TransactionPhase.OnTrial, false, true)]
    [TestCase(TransactionPhase.RollingBack, false, true)]
    [TestCase(TransactionPhase.Activating, true, false)]
    [TestCase(TransactionPhase.HalfCommitted, false, false)]
    [TestCase(TransactionPhase.Committed, false, false)]
    public void A_guard_is_at_work_until_its_transaction_has_ended(TransactionPhase phase, bool unguarded, bool atWork) =>
        Assert.That(HostReconciler.IsGuardAtWork(Says(phase) with { Unguarded = unguarded }), Is.EqualTo(atWork));

    private static HostOutcome RolledBackAsTold => new HostOutcome.RolledBack(ByGuard: false, ByReboot: false);

    private static TestCaseData Row(string name, HostPlan plan, HostEvent[] log, TransactionState? record, NextStep next, Milestone to = Milestone.Committed) =>
        new TestCaseData(plan, Log(plan, log), record, next, to).SetArgDisplayNames(name, $"{plan.Mode}", log.LastOrDefault()?.GetType().Name ?? "", $"{record?.Phase}", next.GetType().Name, $"{to}");

    private static HostProgress Log(HostPlan plan, IEnumerable<HostEvent> log) => log.Aggregate(
        new HostProgress(Web, HostStatus.Pending, plan.From) { To = plan.To }, (host, happened) => Reducer.Apply(host, happened, DateTimeOffset.UnixEpoch));

    private static TransactionState Says(TransactionPhase phase, TransactionReason reason = TransactionReason.None) =>
        new(new Transaction("run", 1), phase, New, Old) { Reason = reason, CurrentSystem = Old, Generation = 1 };

    private static TransactionState RolledBack(TransactionReason reason) => Says(TransactionPhase.RolledBack, reason);

    private static TransactionState NeedsReboot() => RolledBack(TransactionReason.NotActivated) with { Outcome = ActivationOutcome.NeedsReboot };

    private static TransactionState GuardEnded() => Says(TransactionPhase.RolledBack, TransactionReason.Deadline) with { Target = Old, CurrentSystem = New };

    private static NextStep.Fail Fail(FailureReason reason) => new(reason);

    private static NextStep.End End(HostOutcome outcome) => new(outcome);
}
