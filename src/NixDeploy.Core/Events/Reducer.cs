using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Planning;

namespace NixDeploy.Events;

/// <summary>Folds events into the state of the run. Pure: the same events give the same state.</summary>
public static class Reducer
{
    /// <summary>The state after all of these events.</summary>
    public static RunState Fold(IEnumerable<RecordedEvent> events) => events.Aggregate(RunState.Empty, Apply);

    /// <summary>The state after one more event.</summary>
    public static RunState Apply(RunState state, RecordedEvent recorded)
    {
        var next = recorded.Event switch
        {
            RunStarted started => Start(started, recorded.At),
            BuildStarted build => build.Hosts.Aggregate(state, (s, host) => Change(s, host, h => Build(h, HostStatus.Building, recorded.At))),
            HostEvent e => Change(state, e.Host, h => Apply(h, e, recorded.At)),
            StopRequested => state with { StopRequested = true, Awaits = null },
            RunInterrupted interrupted => state with { Interrupted = interrupted, Awaits = null },
            ApprovalRequested asked => state with { Awaits = new PendingApproval(asked, recorded.At) },
            ApprovalGiven given => state with { Approved = state.Approved.Add(given.Stage), Awaits = null },
            ApprovalRefused refused => state with { Refused = refused, Awaits = null },
            BakeStarted bake => bake.Hosts.Aggregate(state, (s, host) => Change(s, host, h => Watch(h, HostStatus.Deployed, HostStatus.Baking, recorded.At))),
            BakeEnded bake => Baked(state, bake.Stage, recorded.At),
            RunHalted halted => state with { Halt = halted },
            RunFinished finished => state with { Outcome = finished.Outcome },
            _ => state,
        };
        return next with { StartedAt = next.StartedAt ?? recorded.At, LastAt = recorded.At };
    }

    /// <summary>Where a host stands after one more of its events.</summary>
    internal static HostProgress Apply(HostProgress host, HostEvent happened, DateTimeOffset at) => happened switch
    {
        HostBuilt => Build(host, HostStatus.Pending, at) with { Built = true },
        CopyStarted => Enter(host, HostStatus.Copying, at),
        HostCopied e => host with { CopiedBytes = e.Bytes, Fence = e.Fence, Reached = Milestone.Prepared },
        TestStarted => Enter(host, HostStatus.Testing, at),
        HostTested => host with { Reached = Milestone.Tested },
        ActivationStarted e => Enter(host, HostStatus.Activating, at) with { From = e.From },
        HostActivated => Enter(host, HostStatus.Verifying, at),
        CheckObserved e => host with { Checks = Replace(host.Checks, e) },
        HostHealthy => host with { Reached = Milestone.Healthy },
        CommitStarted => Enter(host, HostStatus.Committing, at),
        HostCommitted e => Enter(host, HostStatus.Deployed, at) with
        {
            Generation = e.Generation,
            AtNextBoot = e.AtNextBoot,
            RebootNeeded = e.RebootNeeded || e.AtNextBoot,
            Reached = Milestone.Committed,
            Fence = null,
        },
        KeepStarted => Enter(host, HostStatus.Committing, at),
        HostKept => Enter(host, HostStatus.Deployed, at) with { UntilNextBoot = true, Reached = Milestone.Committed, Fence = null },
        HostDryActivated e => Enter(host, HostStatus.DryActivated, at) with { DryRun = e.DryRun, Reached = Milestone.Committed, Fence = null },
        RebootStarted e => Enter(host, HostStatus.Rebooting, at) with { Generation = e.Generation, BootBeforeReboot = e.BootId, Fence = null },
        HostRebooted => Enter(host, HostStatus.Verifying, at),
        HostNeedsReboot e => Enter(host, HostStatus.NeedsReboot, at) with
        {
            Generation = e.Generation,
            Problem = e.Problem,
            Reached = null,
            Fence = null,
        },
        HostFailed e => Enter(host, HostStatus.Failed, at, awaitsRollback: e.Activated) with
        {
            Problem = e.Problem,
            FailedWhileDeploying = true,
            Reached = null,
        },
        HostBlocked e => Enter(host, HostStatus.Blocked, at) with { Problem = e.Problem, Because = e.Because, Reached = null },
        HostUnreachable e => Enter(host, e.Deferred ? HostStatus.Deferred : HostStatus.Skipped, at) with { Problem = e.Problem, Because = e.Because, Reached = null },
        HostCancelled e => Enter(host, HostStatus.Cancelled, at) with { Problem = new Problem("ND0610", e.Reason.ToString()), Reached = null },
        RollbackStarted => Enter(host, HostStatus.RollingBack, at) with { Reached = null },
        HostRolledBack e => Enter(host, HostStatus.RolledBack, at) with
        {
            Generation = e.Generation,
            RolledBackByGuard = e.ByGuard,
            RolledBackByReboot = e.ByReboot,
            Reached = null,
            Fence = null,
        },
        RollbackFailed e => Enter(host, e.Unknown ? HostStatus.Unknown : HostStatus.RollbackFailed, at) with
        {
            Left = e.Left,
            Problem = Behind(host.Problem, e.Problem),
            Reached = null,
        },
        HostConcluded e => Conclude(host, e, at),
        TrafficCounted e => host with { Connections = e.Connections, Commands = e.Commands, Retries = e.Retries },
        _ => host,
    };

    private static HostProgress Conclude(HostProgress host, HostConcluded concluded, DateTimeOffset at) => Enter(
        host,
        concluded.End switch
        {
            Conclusion.Committed or Conclusion.Kept => HostStatus.Deployed,
            Conclusion.RolledBack => HostStatus.RolledBack,
            _ => HostStatus.RollbackFailed,
        },
        at) with
    {
        Generation = concluded.Generation,
        Concluded = concluded,
        UntilNextBoot = concluded.End == Conclusion.Kept,
        RolledBackByGuard = concluded is { End: Conclusion.RolledBack, Reason: not TransactionReason.Verdict },
        RolledBackByReboot = concluded is { End: Conclusion.RolledBack, Reason: TransactionReason.Reboot },
        Reached = concluded.End is Conclusion.Committed or Conclusion.Kept ? Milestone.Committed : null,
        Fence = null,
    };

    private static RunState Start(RunStarted started, DateTimeOffset at)
    {
        var plan = started.Plan;
        var hosts = plan.Hosts.Select(h => new HostProgress(h.Host, HostStatus.Pending, h.From) { To = h.To, Generation = h.From.Generation })
            .Concat(plan.Skipped.Select(s => new HostProgress(s.Host, HostStatus.Skipped, s.Running)
            {
                To = s.Running.System,
                Generation = s.Running.Generation,
                Reached = Milestone.Committed,
            }))
            .Concat(plan.Blocked.Select(b => new HostProgress(b.Host, HostStatus.Blocked, SystemRef.Unknown) { Problem = b.Problem, Because = b.Because }))
            .Concat(plan.Unreachable.Select(o => new HostProgress(o.Host, o.Deferred ? HostStatus.Deferred : HostStatus.Skipped, SystemRef.Unknown) { Problem = o.Problem, Because = o.Because }));
        return new RunState
        {
            Run = started.Run,
            Controller = started.Controller,
            Plan = plan,
            Fleet = started.Fleet,
            StartedAt = at,
            Hosts = hosts.ToImmutableSortedDictionary(h => h.Host, h => h),
        };
    }

    private static RunState Change(RunState state, HostName name, Func<HostProgress, HostProgress> change) =>
        state.Hosts.TryGetValue(name, out var host) ? state with { Hosts = state.Hosts.SetItem(name, change(host)) } : state;

    private static RunState Baked(RunState state, int stage, DateTimeOffset at)
    {
        ImmutableArray<HostName> watched = state.Plan?.Stages.ElementAtOrDefault(stage)?.Hosts ?? [];
        return watched.Aggregate(
            state with { Baked = state.Baked.Add(stage) },
            (s, host) => Change(s, host, h => Watch(h, HostStatus.Baking, HostStatus.Deployed, at)));
    }

    private static HostProgress Watch(HostProgress host, HostStatus from, HostStatus to, DateTimeOffset at) => host.Status == from ? Enter(host, to, at) : host;

    /// <summary>A build goes on behind a host that was cancelled meanwhile, and does not revive it.</summary>
    private static HostProgress Build(HostProgress host, HostStatus status, DateTimeOffset at) => host.Ended ? host : Enter(host, status, at);

    private static HostProgress Enter(HostProgress host, HostStatus status, DateTimeOffset at, bool awaitsRollback = false)
    {
        var entered = host with { Status = status, AwaitsRollback = awaitsRollback, StartedAt = host.StartedAt ?? at, Timeline = host.Timeline.Add((status, at)) };
        return entered with { EndedAt = entered.Ended ? at : null };
    }

    private static ImmutableArray<CheckObserved> Replace(ImmutableArray<CheckObserved> checks, CheckObserved latest)
    {
        var index = checks.Select((c, i) => (c.Check, Index: i + 1)).FirstOrDefault(c => c.Check == latest.Check).Index - 1;
        return index < 0 ? checks.Add(latest) : checks.SetItem(index, latest);
    }

    /// <summary>The first error is never hidden by what went wrong while mending it.</summary>
    private static Problem Behind(Problem? first, Problem then) =>
        first is null ? then : then with { Message = $"{then.Message} (first: {first})", Units = first.Units };
}
