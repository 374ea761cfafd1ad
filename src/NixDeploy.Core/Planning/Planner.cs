using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Planning.Strategies;
using NixDeploy.Topology;

namespace NixDeploy.Planning;

/// <summary>Makes a plan out of what is known and a strategy. Pure, and linear in the fleet but for sorting.</summary>
internal static class Planner
{
    /// <summary>Of all lists of changes together a plan keeps about so many entries: it stands in the journal.</summary>
    private const int MostChanges = 20_000;

    private const int FewestChanges = 20;

    /// <summary>So many of the hosts that an unchanged one depends on tell where it stands.</summary>
    private const int MostPlaces = 5;

    /// <summary>Plans a deployment; how long it takes is for the simulation to say.</summary>
    /// <exception cref="UsageException"><c>ND0242</c> to <c>ND0245</c>: the strategy cannot do what its settings say.</exception>
    public static DeploymentPlan Plan(PlanningInput input, IDeploymentStrategy strategy)
    {
        var (reachable, unreachable) = UnreachableRules.Defer(input);
        var blocked = Blocking.Of(input, reachable);
        ImmutableArray<HostChange> changed = [.. reachable.Where(c => !blocked.ContainsKey(c.Host.Name))];
        return Assemble(input, new Candidates(changed, unreachable, blocked, input.Graph.Among(changed.Select(c => c.Host.Name)), input.Reboot), strategy);
    }

    /// <summary>Plans a rollback: dependents go before the hosts that they depend on, and none is rebooted, whatever it or the fleet says.</summary>
    public static DeploymentPlan PlanRollback(PlanningInput input)
    {
        var blocked = input.Unplannable.ToImmutableSortedDictionary(u => u.Key, u => new BlockedHost(u.Key, u.Value, null));
        var waits = input.Graph.Among(input.Changed.Select(c => c.Host.Name)).Reversed();
        return Assemble(input, new Candidates(input.Changed, input.Unreachable, blocked, waits, RebootPolicy.Never), new RollbackStrategy());
    }

    private static DeploymentPlan Assemble(PlanningInput input, Candidates candidates, IDeploymentStrategy strategy)
    {
        var (changed, unreachable, blocked, waits, _) = candidates;
        var guards = ModeGates.Activates(input.Mode)
            ? changed.Where(c => IsGuarded(c.Host, input.Settings)).Select(c => GuardTime.Of(c.Host, input.Settings, Window(c.Host, input.Settings, input.Window))).ToDictionary(g => g.Host)
            : [];
        var described = blocked.IsEmpty ? input.Described : input.Described.SetItems(input.Changed.Where(c => blocked.ContainsKey(c.Host.Name)).Select(c => KeyValuePair.Create(c.Host.Name, c.Host)));
        ImmutableArray<HostOutlook> outlooks = [.. changed.Select(c => Outlook(c, input, candidates.Reboot))];
        var seen = new StrategyInput(input.Settings, outlooks, waits, StartOrder.Of(outlooks, waits))
        {
            Mode = input.Mode,
            Blocked = [.. blocked.Values.Select(b => new BlockedOutlook(b.Host, b.Because, described.GetValueOrDefault(b.Host)))],
            Absent = [.. unreachable.Select(o => new BlockedOutlook(o.Host, o.Because, described.GetValueOrDefault(o.Host)))],
            Unchanged = [.. input.Skipped.Select(s => described.GetValueOrDefault(s.Host)).OfType<Host>()],
        };
        var shape = strategy.Shape(seen);
        ShapeCheck.ThrowIfBroken(strategy.Name, shape, seen);
        if (shape.HeldUpBy is { } cause)
        {
            var everybody = candidates with { Changed = [], Blocked = Blocking.Everybody(blocked, outlooks.Select(o => o.Name), cause), Waits = input.Graph.Among([]) };
            return Assemble(input, everybody, new NoHosts(strategy.Name, shape));
        }

        var kept = shape.KeepsDependencies ? waits : waits.Loosened();
        var settings = input.Settings;
        var most = Math.Max(FewestChanges, MostChanges / Math.Max(1, outlooks.Length));
        var tests = shape.Stages.Any(s => s.To == Milestone.Tested);
        ImmutableArray<BridgeHost> bridges = [.. kept.Bridges.Order().Select(b => new BridgeHost(b, kept.After(b)))];
        return new DeploymentPlan(
            DeploymentPlan.CurrentSchema,
            strategy.Name,
            shape.Reasons,
            new Limits(settings.ParallelLimit, settings.CopyLimit ?? settings.ParallelLimit) { Tags = settings.TagLimits },
            settings.MaxFailures,
            [.. outlooks.Select(o => ForHost(o, kept.After(o.Name), input, candidates.Reboot, guards.GetValueOrDefault(o.Name)?.Value, most) with { Test = tests ? o.Change.To.Test : null })],
            [.. Placed(input, outlooks)],
            [.. blocked.Values],
            [.. new ModeGates(seen).Of(shape.Stages.Where(s => s.Hosts.Length > 0))])
        {
            Bridges = bridges,
            Others = Others(described, [.. input.Skipped.Select(s => s.Host), .. blocked.Keys, .. unreachable.Select(u => u.Host), .. bridges.Select(b => b.Host)]),
            OnFailure = settings.OnFailure,
            Preflight = input.Preflight,
            Locks = input.Locks,
            Unreachable = unreachable,
            Warnings = [.. shape.Warnings, .. NotSelected(input), .. GuardTime.Warnings(guards.Values), .. input.Warnings],
            Risk = RiskAssessment.OfPlan(seen, shape, settings.ParallelLimit),
            Origin = input.Origin,
        };
    }

    private static ImmutableArray<OtherHost> Others(ImmutableSortedDictionary<HostName, Host> described, ImmutableArray<HostName> hosts) =>
        [.. hosts.Distinct().Order().Select(described.GetValueOrDefault).OfType<Host>().Select(h => new OtherHost(h.Name, h.Role, h.Dependencies))];

    private static HostOutlook Outlook(HostChange change, PlanningInput input, RebootPolicy? reboot) => new(
        change,
        Estimator.Of(change, Window(change.Host, input.Settings, input.Window), input.History),
        RiskAssessment.OfHost(change, IsGuarded(change.Host, input.Settings), input.History))
    {
        Reboots = Reboot(change.Host, input, reboot) is not null,
    };

    private static HostPlan ForHost(HostOutlook outlook, ImmutableArray<HostName> after, PlanningInput input, RebootPolicy? reboot, TimeSpan? guard, int mostChanges)
    {
        var settings = input.Settings;
        var (change, host) = (outlook.Change, outlook.Change.Host);
        return new HostPlan(host.Name, change.From, change.To.Toplevel, after, Window(host, settings, input.Window), guard)
        {
            Described = host with
            {
                HealthCheckTimeout = host.HealthCheckTimeout ?? settings.HealthCheckTimeout,
                HealthStartUp = host.HealthStartUp ?? settings.HealthStartUp,
                RebootTimeout = host.RebootTimeout ?? settings.RebootTimeout,
                MayFail = host.MayFail.IsEmpty ? settings.MayFail : host.MayFail,
            },
            GuardReboot = settings.GuardReboot,
            Mode = input.Mode,
            AutoRollback = IsGuarded(host, settings),
            Reboot = Reboot(host, input, reboot),
            Derivation = change.To.Derivation,
            FailedBefore = change.FailedBefore,
            Before = host.HealthChecks.OfType<HealthCheck.Baseline>().Any() ? change.Before : null,
            Generation = change.Generation,
            Changes = change.Changes?.Trimmed(mostChanges),
            Estimate = outlook.Estimate,
            Risk = outlook.Risk,
            Tags = settings.TagLimits.IsEmpty ? [] : [.. host.Tags.Where(settings.TagLimits.ContainsKey).Order(StringComparer.Ordinal)],
            ParallelLimit = host.ParallelLimit,
            Unreachable = change.Unreachable,
            Digest = change.Digest,
        };
    }

    /// <summary>A system that is gone at the next boot, or was never there, is nothing to reboot into.</summary>
    private static RebootPlan? Reboot(Host host, PlanningInput input, RebootPolicy? asked) =>
        input.Mode is ActivationMode.Switch or ActivationMode.Boot && (asked ?? host.Reboot ?? input.Settings.Reboot) is var when and not RebootPolicy.Never
            ? new RebootPlan(when, host.RebootTimeout ?? input.Settings.RebootTimeout)
            : null;

    /// <summary>Whether a guard on the host rolls back a system that is not found healthy.</summary>
    internal static bool IsGuarded(Host host, FleetSettings settings) => settings.AutoRollback && host.RollbackOnFailure;

    /// <summary>How long a host's checks must keep passing; <paramref name="asked"/> goes before what the host and the fleet say.</summary>
    internal static TimeSpan Window(Host host, FleetSettings settings, TimeSpan? asked) =>
        host.HealthChecks.IsEmpty && host.CriticalServices.IsEmpty ? TimeSpan.Zero : asked ?? host.HealthWindow ?? settings.HealthWindow;

    /// <summary>The skipped hosts with what they would wait for: where people look for them.</summary>
    private static IEnumerable<SkippedHost> Placed(PlanningInput input, ImmutableArray<HostOutlook> outlooks)
    {
        if (input.Skipped.IsEmpty)
        {
            return [];
        }

        var changed = outlooks.Select(o => o.Name).ToHashSet();
        var waits = input.Graph.Among(changed.Concat(input.Skipped.Select(s => s.Host)));
        var placed = new Dictionary<HostName, ImmutableArray<HostName>>();
        foreach (var host in waits.Order.Where(h => !changed.Contains(h)))
        {
            placed[host] = [.. waits.After(host).SelectMany(d => changed.Contains(d) ? [d] : placed[d]).Distinct().Order().Take(MostPlaces)];
        }

        return input.Skipped.Select(s => s with { DependsOn = placed[s.Host] });
    }

    private static IEnumerable<string> NotSelected(PlanningInput input) => input.NotSelected.IsEmpty ? [] :
    [
        $"{HostList.Few(input.NotSelected, most: 10)} "
        + $"{(input.NotSelected.Length == 1 ? "has" : "have")} changed too, and selected hosts depend on {(input.NotSelected.Length == 1 ? "it" : "them")}: add --include-dependencies to deploy {(input.NotSelected.Length == 1 ? "it" : "them")} first.",
    ];

    /// <summary>The hosts that a strategy decides upon, and those that it cannot have.</summary>
    private sealed record Candidates(
        ImmutableArray<HostChange> Changed, ImmutableArray<UnreachableHost> Unreachable, ImmutableSortedDictionary<HostName, BlockedHost> Blocked, Waits Waits, RebootPolicy? Reboot);

    /// <summary>The plan of a strategy that deploys no host.</summary>
    private sealed class NoHosts(string name, PlanShape shape) : IDeploymentStrategy
    {
        public string Name => name;

        public PlanShape Shape(StrategyInput input) => shape with { Stages = [], HeldUpBy = null };
    }
}
