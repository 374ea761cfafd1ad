using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Nix;
using NixDeploy.Planning;
using NixDeploy.Topology;

namespace NixDeploy.Survey;

/// <summary>Sorts hosts by what they answered: to be changed, to be skipped, or not to be deployed. Pure.</summary>
internal static class Classification
{
    /// <summary>Planning holds no lock, so every lock is somebody else's.</summary>
    private const string NoRun = "";

    /// <summary>Who is to be changed and who is not; what no deployment gets past is noted, everything else is looked at later.</summary>
    public static PlanningInput ForDeployment(
        LoadedFleet fleet, FleetSettings settings, DependencyGraph graph, IEnumerable<HostInspection> inspections, DeploymentRequest request, Refusals refusals)
    {
        var mode = request.Mode;
        var rebooting = request.Reboot is RebootPolicy.IfNeeded or RebootPolicy.Always && mode is ActivationMode.Switch or ActivationMode.Boot;
        var awaiting = ImmutableArray.CreateBuilder<HostName>();
        var offLine = ImmutableArray.CreateBuilder<UnreachableHost>();
        var changed = ImmutableArray.CreateBuilder<HostChange>();
        var skipped = ImmutableArray.CreateBuilder<SkippedHost>();
        foreach (var (host, failure) in fleet.Failures.Where(f => fleet.Selected.Contains(f.Key)))
        {
            refusals.Add(PreflightNames.Configuration, host, failure);
        }

        foreach (var (described, state, problem) in inspections.Where(i => fleet.Selected.Contains(i.Host.Name)))
        {
            var host = request.Over(described, settings);
            var target = fleet.Systems.GetValueOrDefault(host.Name);
            var absence = host.Unreachable ?? UnreachablePolicy.Fail;
            if (absence != UnreachablePolicy.Fail && problem is not null && HostException.MeansUnreachable(problem.Code))
            {
                offLine.Add(new UnreachableHost(host.Name, problem, absence == UnreachablePolicy.Defer, Because: null));
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
                    Description = Digest.Of(described),
                });
            }
            else if (Preflight.Obstacles(Judged(state, request.Locks), host, NoRun) is { IsEmpty: false } obstacles)
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
                    Unreachable = absence,
                    HasEarlier = state.CurrentSystem is not null && !state.Generations.IsEmpty,
                    Description = Digest.Of(described),
                });
            }
        }

        return new PlanningInput(settings, graph, changed.ToImmutable(), skipped.ToImmutable(), refusals.All())
        {
            Locks = request.Locks,
            Mode = mode,
            Reboot = request.Reboot,
            Warnings = awaiting.Count == 0 ? [] : [$"{HostList.Few([.. awaiting.Order()], most: 10)}: unchanged, but only a reboot completes what was deployed there before; --reboot=if-needed reboots."],
            Unreachable = offLine.ToImmutable(),
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

    /// <summary>Who goes back and who is there already.</summary>
    public static PlanningInput ForRollback(
        FleetSettings settings, DependencyGraph graph, IEnumerable<HostInspection> inspections, int? toGeneration, DeploymentRequest request)
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
                skipped.Add(new SkippedHost(host.Name, state.Running) { Description = Digest.Of(described) });
            }
            else if (ObstaclesToGoingBack(Judged(state, request.Locks), host) is { IsEmpty: false } refusals)
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
                    Description = Digest.Of(described),
                });
            }
        }

        // A way back is not taken back itself unless somebody asks for just that: it would go round in circles.
        var borne = settings with { MaxFailures = request.MaxFailures ?? new FailureBudget(null, 100) };
        return new PlanningInput(borne, graph, changed.ToImmutable(), skipped.ToImmutable(), unplannable.ToImmutable()) { Locks = request.Locks, Window = request.HealthWindow };
    }

    /// <summary>A service that is down, or a new kernel that fills /boot, may be the very reason for going back.</summary>
    private static ImmutableArray<Problem> ObstaclesToGoingBack(HostState state, Host host) =>
        [.. Preflight.Obstacles(state, host, NoRun), .. Preflight.Validation(state with { BootFreeBytes = null }, host with { CriticalServices = [] }, PreflightNeeds.Unknown)];

    /// <summary>A lock that is going to be waited for or broken stands in nobody's way yet.</summary>
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
        return new Problem("ND0611", $"{host} has {wanted} to go back to; it has {(have.Length > 0 ? have : "none")}.");
    }
}
