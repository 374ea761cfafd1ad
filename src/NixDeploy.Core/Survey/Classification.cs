using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Nix;
using NixDeploy.Planning;

namespace NixDeploy.Survey;

/// <summary>Sorts hosts by what they answered: to be changed, to be skipped, or not to be deployed. Pure.</summary>
internal static class Classification
{
    /// <summary>Which hosts are to be changed and which are not; what makes a deployment impossible is noted in the refusals.</summary>
    public static FleetFindings ForDeployment(
        LoadedFleet fleet, FleetSettings settings, ImmutableArray<HostInspection> inspections, DeploymentRequest request, Refusals refusals)
    {
        var mode = request.Mode;
        var rebooting = request.Reboot is RebootPolicy.IfNeeded or RebootPolicy.Always && mode is ActivationMode.Switch or ActivationMode.Boot;
        var awaiting = ImmutableArray.CreateBuilder<HostName>();
        var unreachable = ImmutableArray.CreateBuilder<UnreachableHost>();
        var changed = ImmutableArray.CreateBuilder<HostChange>();
        var skipped = ImmutableArray.CreateBuilder<SkippedHost>();
        refusals.AddFailures(fleet);

        foreach (var (described, state, problem) in inspections.Where(i => fleet.Selected.Contains(i.Host.Name)))
        {
            var host = request.Over(described, settings);
            var target = fleet.Systems.GetValueOrDefault(host.Name);
            var policy = host.Unreachable ?? UnreachablePolicy.Fail;
            if (policy != UnreachablePolicy.Fail && problem is not null && HostException.MeansUnreachable(problem.Code) && !fleet.Failures.ContainsKey(host.Name))
            {
                unreachable.Add(new UnreachableHost(host.Name, problem, policy == UnreachablePolicy.Defer, Because: null));
            }
            else if (state is null)
            {
                refusals.Add(PreflightNames.Connectivity, host.Name, problem!);
            }
            else if (target is not null && HasTaken(state, target.Toplevel, mode) && state.Transaction is not { Unguarded: true } && !(rebooting && AwaitsReboot(state, target.Toplevel)))
            {
                if (AwaitsReboot(state, target.Toplevel))
                {
                    awaiting.Add(host.Name);
                }

                skipped.Add(new SkippedHost(host.Name, state.Running)
                {
                    Boots = state.CurrentSystem == target.Toplevel ? null : target.Toplevel,
                    Digest = Digest.Of(described),
                    MachineId = state.MachineId,
                });
            }
            else if (Preflight.Obstacles(Judged(state, request.Locks), host) is { IsEmpty: false } obstacles)
            {
                obstacles.ToList().ForEach(o => refusals.Add(PreflightNames.Readiness, host.Name, o));
            }
            else if (target is not null)
            {
                changed.Add(new HostChange(host, state.Running, target)
                {
                    FailedBefore = state.FailedUnits,
                    Before = state.Baseline,
                    RebootOnly = HasTaken(state, target.Toplevel, mode),
                    Unreachable = policy,
                    HasEarlier = state.CurrentSystem is not null && !state.Generations.IsEmpty,
                    Digest = Digest.Of(described),
                    MachineId = state.MachineId,
                });
            }
        }

        return new FleetFindings(changed.ToImmutable(), skipped.ToImmutable(), refusals.All())
        {
            Inspections = inspections,
            Warnings = awaiting.Count == 0 ? [] : [$"{HostList.Few([.. awaiting.Order()], most: 10)}: unchanged, but only a reboot completes what was deployed there before; --reboot=if-needed reboots."],
            Unreachable = unreachable.ToImmutable(),
        };
    }

    /// <summary>Whether the host has what this mode would bring it.</summary>
    private static bool HasTaken(HostState state, StorePath target, ActivationMode mode) => mode switch
    {
        ActivationMode.Boot => state.ProfileSystem == target,
        ActivationMode.Test => state.CurrentSystem == target,
        _ => state.CurrentSystem == target && state.ProfileSystem == target,
    };

    private static bool AwaitsReboot(HostState state, StorePath target) => state.RebootNeeded || state.CurrentSystem != target;

    /// <summary>Which hosts are rolled back and which run that system already.</summary>
    public static FleetFindings ForRollback(FleetSettings settings, ImmutableArray<HostInspection> inspections, int? toGeneration, DeploymentRequest request)
    {
        var changed = ImmutableArray.CreateBuilder<HostChange>();
        var skipped = ImmutableArray.CreateBuilder<SkippedHost>();
        var unplannable = ImmutableSortedDictionary.CreateBuilder<HostName, Problem>();
        foreach (var (described, state, problem) in inspections)
        {
            var host = request.Over(described, settings);
            if (state is null)
            {
                unplannable[host.Name] = problem!;
            }
            else if (Goal(state, toGeneration) is not { } goal)
            {
                unplannable[host.Name] = NoGeneration(host.Name, state, toGeneration);
            }
            else if (goal.System == state.CurrentSystem && goal.Number == state.Generation)
            {
                skipped.Add(new SkippedHost(host.Name, state.Running) { Digest = Digest.Of(described), MachineId = state.MachineId });
            }
            else if (ObstaclesToRollback(Judged(state, request.Locks), host) is { IsEmpty: false } refusals)
            {
                unplannable[host.Name] = refusals.AsEnumerable().Aggregate((all, next) => all.And(next));
            }
            else
            {
                changed.Add(new HostChange(host, state.Running, new SystemBuild(goal.System, null))
                {
                    Generation = goal.Number,
                    FailedBefore = state.FailedUnits,
                    Before = state.Baseline,
                    Digest = Digest.Of(described),
                    MachineId = state.MachineId,
                });
            }
        }

        return new FleetFindings(changed.ToImmutable(), skipped.ToImmutable(), unplannable.ToImmutable()) { Inspections = inspections };
    }

    /// <summary>A service that is down, or a new kernel that fills /boot, may be the very reason for the rollback.</summary>
    private static ImmutableArray<Problem> ObstaclesToRollback(HostState state, Host host) =>
        [.. Preflight.Obstacles(state, host), .. Preflight.Validation(state with { BootFreeBytes = null }, host with { CriticalServices = [] }, PreflightNeeds.Unknown)];

    /// <summary>A lock that is going to be waited for or broken is no obstacle yet.</summary>
    private static HostState Judged(HostState state, LockPolicy locks) => locks.AllowsHeldLock ? state with { Lock = null } : state;

    /// <summary>Never simply the previous number: that one may hold the very system that runs.</summary>
    private static Generation? Goal(HostState state, int? toGeneration) => toGeneration is { } number
        ? state.Generations.FirstOrDefault(g => g.Number == number)
        : state.Generations.LastOrDefault(g => g.Number < (state.Generation ?? int.MaxValue) && g.System != state.CurrentSystem);

    private static Problem NoGeneration(HostName host, HostState state, int? toGeneration)
    {
        var have = string.Join(", ", state.Generations.Select(g => g.Number.ToString(CultureInfo.InvariantCulture)));
        var wanted = toGeneration is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"no generation {number}")
            : "no earlier generation with another system";
        return new Problem("ND0611", $"{host} has {wanted} to roll back to; it has {(have.Length > 0 ? have : "none")}.");
    }
}
