using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;
using NixDeploy.Tests.Journal;
using static NixDeploy.Tests.Reporting.Model.Sample;

namespace NixDeploy.Tests.Reporting.Model;

/// <summary>One run for each way in which a run can end, with a title.</summary>
internal static class SampleRuns
{
    private static readonly HostName Lost = HostName.Parse("lost");
    private static readonly Problem Silent = new("ND0513", "samsung does not answer.");
    private static readonly Problem NoBoot = new("ND0520", "The old system does not start.") { Command = "ssh p620 reboot" };

    public static ImmutableArray<(string Title, ImmutableArray<RecordedEvent> Events)> All { get; } =
    [
        ("every host is deployed", Succeeded),
        ("with an estimate", [Succeeded[0] with { Event = Begin(Estimated) }, .. Succeeded[1..]]),
        ("in progress", Succeeded[..8]),
        ("nothing to do", Chain.Of(Begin(Plan with { Hosts = [], Stages = [] }), new RunFinished(RunOutcome.Succeeded))),
        ("one host fails", OneFailed),
        ("manual intervention is required", Chain.Of(
        [
            Begin(PlanOf(Change(P620, 1), Change(Razer, 1), Change(Samsung, 1), Change(Lost, null)) with
            {
                Blocked = [new BlockedHost(P510, new Problem("ND0401", "p510 does not answer."), null)],
            }),
            new RollbackFailed(P620, NoBoot, Unknown: false),
            new HostNeedsReboot(Razer, 2, new Problem("ND0511", "Its kernel changed.")),
            new HostBlocked(Samsung, new Problem("ND0402", "It waits."), P620),
            new RollbackFailed(Lost, new Problem("ND0521", "The connection broke."), Unknown: true),
            new StopRequested(), new RunHalted(2, 1), new RunFinished(RunOutcome.ManualInterventionRequired),
        ])),
        ("a failed host keeps the new system", Chain.Of(
        [
            Begin(), .. Deploy(P620, 246), new HostFailed(Razer, Broken, Activated: true), new RollbackFailed(Razer, Broken, Unknown: false) { Left = true },
            .. Deploy(Samsung, 190), new RunFinished(RunOutcome.ManualInterventionRequired),
        ])),
        ("unreachable hosts are deferred and skipped", Chain.Of(
        [
            Begin(), .. Deploy(P620, 246), new HostUnreachable(Razer, new Problem("ND0513", "razer does not answer."), Deferred: true, null),
            new HostUnreachable(Samsung, Silent, Deferred: false, null), new RunFinished(RunOutcome.Succeeded),
        ])),
        ("a host waits for a deferred one", Chain.Of(
            Begin(), new HostUnreachable(P620, new Problem("ND0513", "p620 does not answer."), Deferred: true, null),
            new HostUnreachable(Razer, Silent, Deferred: true, P620), new HostUnreachable(Samsung, Silent, Deferred: true, P620), new RunFinished(RunOutcome.Succeeded))),
        ("a reboot is pending", Chain.Of(
            Begin(), new HostNeedsReboot(P620, 246, new Problem("ND0604", "p620 cannot take the system while it runs.")),
            new HostBlocked(Razer, Silent, P620), new HostBlocked(Samsung, Silent, P620), new RunFinished(RunOutcome.ManualInterventionRequired))),
        ("mode boot", Chain.Of(
            Begin(), new HostCommitted(P620, 246) { AtNextBoot = true, RebootNeeded = true }, new RebootStarted(Razer, 156), new HostRebooted(Razer, Sample.System("razer-new")),
            new HostCommitted(Razer, 156), new HostCommitted(Samsung, 190) { RebootNeeded = true }, new RunFinished(RunOutcome.Succeeded))),
        ("mode test", Chain.Of(Begin(), new KeepStarted(P620), new HostKept(P620), new HostKept(Razer), new HostKept(Samsung), new RunFinished(RunOutcome.Succeeded))),
        ("mode dry-activate", Chain.Of(
            Begin(), new TestStarted(P620), new HostTested(P620), new HostDryActivated(P620, new DryActivation { Restart = ["nginx.service"] }),
            new HostDryActivated(Razer, new DryActivation()), new HostDryActivated(Samsung, new DryActivation()), new RunFinished(RunOutcome.Succeeded))),
        ("a canary passes and is approved", Chain.Of(
        [
            Begin(), new LockAwaited(P620, "run r0 of ops@desk"), new LockBroken(P620, "run r0 of ops@desk"), .. Deploy(P620, 246),
            new BakeStarted(0, [P620], TimeSpan.FromMinutes(5)), new BakeEnded(0, Passed: true),
            new ApprovalRequested(0, [P620], "Go on with 2 hosts?", TimeSpan.FromHours(1)) { Run = Run }, new ApprovalGiven(0, "ops@desk"),
            .. Deploy(Razer, 156), .. Deploy(Samsung, 190), new RunFinished(RunOutcome.Succeeded),
        ])),
        ("a canary fails while it bakes", Chain.Of(
        [
            Begin(), .. Deploy(P620, 246), new BakeStarted(0, [P620], TimeSpan.FromMinutes(5)), new BakeEnded(0, Passed: false), new HostFailed(P620, Broken, Activated: true),
            new RunHalted(1, 0) { Reason = new HaltReason.HostFailed(P620), Scope = RollbackScope.Stage }, new RollbackStarted(P620, "its canary failed"), new HostRolledBack(P620, Sample.System("p620-old"), 245, ByGuard: false),
            new HostCancelled(Razer, new CancelReason.Halted(new HaltReason.HostFailed(P620))), new HostCancelled(Samsung, new CancelReason.Halted(new HaltReason.HostFailed(P620))), new RunFinished(RunOutcome.Failed),
        ])),
        ("not approved", Chain.Of(
        [
            Begin(), .. Deploy(P620, 246), new ApprovalRequested(0, [P620], "Go on with 2 hosts?", TimeSpan.FromHours(1)) { Run = Run },
            new ApprovalRefused(0, "ops@desk", "the graphs look odd"), new RunHalted(0, 0) { Reason = new HaltReason.NotApproved("ops@desk", "the graphs look odd") }, new RollbackStarted(P620, "not approved"),
            new HostRolledBack(P620, Sample.System("p620-old"), 245, ByGuard: false), new HostCancelled(Razer, new CancelReason.Halted(new HaltReason.NotApproved("ops@desk", "the graphs look odd"))), new HostCancelled(Samsung, new CancelReason.Halted(new HaltReason.NotApproved("ops@desk", "the graphs look odd"))),
            new RunFinished(RunOutcome.Cancelled),
        ])),
        ("cancelled", Chain.Of(
            [Begin(), .. Deploy(P620, 246), new StopRequested(), new HostCancelled(Razer, new CancelReason.Stopped()), new HostCancelled(Samsung, new CancelReason.Stopped()), new RunFinished(RunOutcome.Cancelled)])),
        ("interrupted", Chain.Of(
        [
            Begin(), .. Deploy(P620, 246), new ActivationStarted(Razer, SystemRef.Unknown, Sample.System("razer-new")), new HostActivated(Razer), new RunInterrupted("ops@desk:42"),
            new HostConcluded(Razer, Conclusion.RolledBack, TransactionReason.Deadline, Sample.System("razer-old"), 155, Chain.Noon + TimeSpan.FromMinutes(3)),
            new HostCancelled(Samsung, new CancelReason.Interrupted()), new RunFinished(RunOutcome.Cancelled),
        ])),
        ("the connection was lost", Chain.Of(
        [
            Begin(), .. Deploy(P620, 246), new RollbackFailed(Razer, new Problem("ND0530", "The connection broke."), Unknown: true), .. Deploy(Samsung, 190),
            new RunFinished(RunOutcome.ManualInterventionRequired),
            new HostConcluded(Razer, Conclusion.Committed, TransactionReason.Verdict, Sample.System("razer-new"), 156, Chain.Noon + TimeSpan.FromMinutes(3)),
        ])),
        ("refused", Chain.Of(Begin(), new HostBlocked(P620, new Problem("ND0521", "The host key of p620 has changed."), null), new HostBlocked(Razer, Silent, P620), new HostBlocked(Samsung, Silent, P620), new RunFinished(RunOutcome.Refused))),
        ("rolled back by guard and by reboot", Chain.Of(
            Begin(), new HostFailed(P620, Silent, Activated: true), new HostRolledBack(P620, Sample.System("p620-old"), 245, ByGuard: true), new HostFailed(Razer, Silent, Activated: true),
            new HostRolledBack(Razer, Sample.System("razer-old"), 155, ByGuard: false) { ByReboot = true }, new HostCancelled(Samsung, new CancelReason.Halted(new HaltReason.BudgetExceeded(2, 1))), new RunFinished(RunOutcome.Failed))),
    ];
}
