using CsCheck;
using NixDeploy.Changes;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;
using NixDeploy.Tests.Planning;
using static NixDeploy.Tests.Planning.PlanGen;

namespace NixDeploy.Tests.Events;

/// <summary>Any event, with any data.</summary>
internal static class EventGen
{
    private static readonly Gen<HaltReason> HaltReasons = Gen.OneOf<HaltReason>(
        Gen.Select(Gen.Int[1, 9], Gen.Int[0, 8], HaltReason (failed, allowed) => new HaltReason.BudgetExceeded(failed, allowed)),
        PlanGen.Hosts.Select(HaltReason (h) => new HaltReason.HostFailed(h)),
        PlanGen.Hosts.Select(HaltReason (h) => new HaltReason.HostRefused(h)),
        Gen.Select(Texts.Null(), Texts, HaltReason (by, why) => new HaltReason.NotApproved(by, why)),
        Texts.Select(HaltReason (words) => new HaltReason.InWords(words)));

    private static readonly Gen<CancelReason> CancelReasons = Gen.OneOf<CancelReason>(
        Gen.OneOf<CancelReason>(new CancelReason.Stopped(), new CancelReason.Interrupted(), new CancelReason.Detached()),
        PlanGen.Hosts.Select(CancelReason (h) => new CancelReason.AfterFailure(h)),
        HaltReasons.Select(CancelReason (r) => new CancelReason.Halted(r)),
        HaltReasons.Select(CancelReason (r) => new CancelReason.NotHalted(r)),
        Texts.Select(CancelReason (t) => new CancelReason.NothingToBake(t)),
        Texts.Select(CancelReason (t) => new CancelReason.InWords(t)));

    private static readonly Gen<DeploymentEvent>[] Each =
    [
        As(Gen.Select(Texts, Texts, Texts, Plans, (run, controller, fleet, plan) => new RunStarted(run, controller, fleet, plan))),
        As(PlanGen.Hosts.Array[0, 3].Select(hosts => new BuildStarted([.. hosts]))),
        As(PlanGen.Hosts.Select(h => new HostBuilt(h))),
        As(PlanGen.Hosts.Select(h => new CopyStarted(h))),
        As(Gen.Select(PlanGen.Hosts, Texts, (h, holder) => new LockAwaited(h, holder))),
        As(Gen.Select(PlanGen.Hosts, Texts, (h, holder) => new LockBroken(h, holder) { OfDeadRun = holder.Length > 3 })),
        As(Gen.Select(PlanGen.Hosts, Gen.Int[0, 9999], Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue], (h, paths, bytes, fence) => new HostCopied(h, paths, bytes, fence))),
        As(PlanGen.Hosts.Select(h => new TestStarted(h))),
        As(PlanGen.Hosts.Select(h => new HostTested(h))),
        As(Gen.Select(PlanGen.Hosts, Systems, Paths, Gen.Enum<ActivationMode>(), (h, from, to, mode) => new ActivationStarted(h, from, to) { Mode = mode })),
        As(PlanGen.Hosts.Select(h => new HostActivated(h))),
        As(Gen.Select(PlanGen.Hosts, Texts, Gen.Int[0, 2], Texts, (h, check, outcome, detail) => new CheckObserved(h, check, outcome == 0, detail) { Measured = outcome < 2 })),
        As(PlanGen.Hosts.Select(h => new HostHealthy(h))),
        As(PlanGen.Hosts.Select(h => new CommitStarted(h))),
        As(Gen.Select(PlanGen.Hosts, Numbers, Gen.Bool, Gen.Bool, (h, generation, later, reboot) => new HostCommitted(h, generation) { AtNextBoot = later, RebootNeeded = reboot })),
        As(PlanGen.Hosts.Select(h => new KeepStarted(h))),
        As(PlanGen.Hosts.Select(h => new HostKept(h))),
        As(Gen.Select(PlanGen.Hosts, Texts.Array[0, 2], (h, units) => new HostDryActivated(h, new DryActivation { Stop = [.. units], Restart = [.. units] }))),
        As(Gen.Select(PlanGen.Hosts, Numbers, (h, generation) => new RebootStarted(h, generation))),
        As(Gen.Select(PlanGen.Hosts, Paths, (h, system) => new HostRebooted(h, system))),
        As(Gen.Select(PlanGen.Hosts, Numbers, Problems, (h, generation, problem) => new HostNeedsReboot(h, generation, problem))),
        As(Gen.Select(PlanGen.Hosts, Problems, Gen.Bool, (h, problem, touched) => new HostFailed(h, problem, touched))),
        As(Gen.Select(PlanGen.Hosts, Problems, Optional(PlanGen.Hosts), (h, problem, because) => new HostBlocked(h, problem, because))),
        As(Gen.Select(PlanGen.Hosts, Problems, Gen.Bool, Optional(PlanGen.Hosts), (h, problem, later, because) => new HostUnreachable(h, problem, later, because))),
        As(Gen.Select(PlanGen.Hosts, CancelReasons, (h, reason) => new HostCancelled(h, reason))),
        As(Gen.Select(PlanGen.Hosts, Texts, (h, reason) => new RollbackStarted(h, reason))),
        As(Gen.Select(PlanGen.Hosts, Paths.Null(), Numbers, Gen.Bool, (h, system, generation, itself) => new HostRolledBack(h, system, generation, itself))),
        As(Gen.Select(PlanGen.Hosts, Problems, Gen.Bool, (h, problem, unknown) => new RollbackFailed(h, problem, unknown))),
        As(Gen.Select(PlanGen.Hosts, Gen.Enum<Conclusion>(), Gen.Enum<TransactionReason>(), Paths.Null(), Numbers, Optional(Gen.Int[0, 1 << 30]), (h, end, reason, system, generation, at) =>
            new HostConcluded(h, end, reason, system, generation, at is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null))),
        As(Gen.Select(PlanGen.Hosts, Gen.Int[0, 99], Gen.Int[0, 99], (h, connections, commands) => new TrafficCounted(h, connections, commands) { Retries = connections / 2 })),
        As(Gen.Const(new StopRequested())),
        As(Gen.String.Select(controller => new RunInterrupted(controller))),
        As(Gen.Select(Gen.Int[0, 9], PlanGen.Hosts.Array[0, 3], PlanGen.Spans, (stage, hosts, time) => new BakeStarted(stage, [.. hosts], time))),
        As(Gen.Select(Gen.Int[0, 9], Gen.Bool, (stage, passed) => new BakeEnded(stage, passed))),
        As(Gen.Select(Gen.Int[0, 99], Gen.Int[0, 99], Gen.Enum<RollbackScope>(), Gen.Int[0, 9], HaltReasons, (failed, allowed, scope, stage, reason) => new RunHalted(failed, allowed) { Reason = reason, Scope = scope, Stage = stage })),
        As(Gen.Select(Gen.Int[0, 9], PlanGen.Hosts.Array[0, 3], Texts, PlanGen.Spans, (stage, hosts, prompt, time) => new ApprovalRequested(stage, [.. hosts], prompt, time) { Run = prompt })),
        As(Gen.Select(Gen.Int[0, 9], Texts, (stage, by) => new ApprovalGiven(stage, by))),
        As(Gen.Select(Gen.Int[0, 9], Texts.Null(), Texts, (stage, by, reason) => new ApprovalRefused(stage, by, reason))),
        As(Gen.Enum<RunOutcome>().Select(outcome => new RunFinished(outcome))),
    ];

    public static Gen<DeploymentEvent> Any { get; } = Gen.OneOf(Each);

    /// <summary>One event of every type.</summary>
    public static IReadOnlyList<DeploymentEvent> OneOfEach() => [.. Each.Select(g => g.Single())];

    private static Gen<DeploymentEvent> As<T>(Gen<T> gen)
        where T : DeploymentEvent => gen.Select(e => (DeploymentEvent)e);
}
