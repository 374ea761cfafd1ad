using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Planning.Strategies;
using NixDeploy.Topology;

namespace NixDeploy.Planning;

/// <summary>Makes a plan out of what is known and a strategy. Pure, and linear in the fleet but for sorting.</summary>
public static class Planner
{
    /// <summary>Of all lists of changes together a plan keeps about so many entries: it stands in the journal.</summary>
    private const int MostChanges = 20_000;

    private const int FewestChanges = 20;

    /// <summary>So many of the hosts that an unchanged one depends on tell where it stands.</summary>
    private const int MostPlaces = 5;

    /// <summary>Plans a deployment.</summary>
    /// <exception cref="UsageException"><c>ND0242</c> to <c>ND0245</c>: the strategy cannot do what its settings say.</exception>
    public static DeploymentPlan Plan(PlanningInput input, IDeploymentStrategy strategy)
    {
        var reachable = UnreachableRules.Defer(input);
        var blocked = Blocking.Of(reachable);
        var changed = reachable.Changed.ToLookup(c => blocked.ContainsKey(c.Host.Name));
        var open = reachable with { Changed = [.. changed[false]], Described = reachable.Described.SetItems(changed[true].Select(c => KeyValuePair.Create(c.Host.Name, c.Host))) };
        var waits = input.Graph.Among(open.Changed.Select(c => c.Host.Name));
        return Assemble(open, strategy, waits, blocked);
    }

    /// <summary>Plans the way back: dependents go before the hosts that they depend on, and none is rebooted, whatever it or the fleet says.</summary>
    public static DeploymentPlan PlanRollback(PlanningInput input)
    {
        var blocked = input.Unplannable.ToImmutableSortedDictionary(u => u.Key, u => new BlockedHost(u.Key, u.Value, null));
        var waits = input.Graph.Among(input.Changed.Select(c => c.Host.Name)).Reversed();
        return Assemble(input with { Reboot = RebootPolicy.Never }, new RollbackStrategy(), waits, blocked);
    }

    private static DeploymentPlan Assemble(
        PlanningInput input, IDeploymentStrategy strategy, Waits waits, ImmutableSortedDictionary<HostName, BlockedHost> blocked)
    {
        var guards = ModeGates.Activates(input.Mode)
            ? input.Changed.Where(c => IsGuarded(c.Host, input.Settings)).Select(c => GuardTime.Of(c.Host, input.Settings, Window(c.Host, input.Settings, input.Window))).ToDictionary(g => g.Host)
            : [];
        ImmutableArray<HostOutlook> outlooks = [.. input.Changed.Select(c => Outlook(c, input))];
        var seen = new StrategyInput(input.Settings, outlooks, waits, StartOrder.Of(outlooks, waits))
        {
            Mode = input.Mode,
            Blocked = [.. blocked.Values.Select(b => new BlockedOutlook(b.Host, b.Because, input.Described.GetValueOrDefault(b.Host)))],
            Absent = [.. input.Unreachable.Select(o => new BlockedOutlook(o.Host, o.Because, input.Described.GetValueOrDefault(o.Host)))],
            Unchanged = [.. input.Skipped.Select(s => input.Described.GetValueOrDefault(s.Host)).OfType<Host>()],
        };
        var shape = strategy.Shape(seen);
        ShapeCheck.ThrowIfBroken(strategy.Name, shape, seen);
        if (shape.HeldUpBy is { } cause)
        {
            var everybody = Blocking.Everybody(blocked, outlooks.Select(o => o.Name), cause);
            return Assemble(input with { Changed = [] }, new Nobody(strategy.Name, shape), input.Graph.Among([]), everybody);
        }

        var kept = shape.KeepsDependencies ? waits : waits.Loosened();
        var settings = input.Settings;
        var most = Math.Max(FewestChanges, MostChanges / Math.Max(1, outlooks.Length));
        var tests = shape.Stages.Any(s => s.To == Milestone.Tested);
        var plan = new DeploymentPlan(
            DeploymentPlan.CurrentSchema,
            strategy.Name,
            shape.Reasons,
            new Limits(settings.ParallelLimit, settings.CopyLimit ?? settings.ParallelLimit) { Tags = settings.TagLimits },
            settings.MaxFailures,
            [.. outlooks.Select(o => ForHost(o, kept.After(o.Name), input, guards.GetValueOrDefault(o.Name)?.Value, most) with { Test = tests ? o.Change.To.Test : null })],
            [.. Placed(input, outlooks)],
            [.. blocked.Values],
            [.. new ModeGates(seen).Of(shape.Stages.Where(s => s.Hosts.Length > 0))])
        {
            Bridges = [.. kept.Bridges.Order().Select(b => new BridgeHost(b, kept.After(b)))],
            OnFailure = settings.OnFailure,
            Preflight = input.Preflight,
            Locks = input.Locks,
            Unreachable = input.Unreachable,
            Warnings = [.. shape.Warnings, .. NotSelected(input), .. GuardTime.Warnings(guards.Values), .. input.Warnings],
            Risk = RiskAssessment.OfPlan(seen, shape, settings.ParallelLimit),
            Origin = input.Origin,
        };
        return plan with { Estimate = PlanSimulation.Of(plan, kept) };
    }

    private static HostOutlook Outlook(HostChange change, PlanningInput input) => new(
        change,
        Estimator.Of(change, Window(change.Host, input.Settings, input.Window), input.History),
        RiskAssessment.OfHost(change, IsGuarded(change.Host, input.Settings), input.History))
    {
        Reboots = Reboot(change.Host, input) is not null,
    };

    private static HostPlan ForHost(HostOutlook outlook, ImmutableArray<HostName> after, PlanningInput input, TimeSpan? guard, int mostChanges)
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
            },
            GuardReboot = settings.GuardReboot,
            Mode = input.Mode,
            AutoRollback = IsGuarded(host, settings),
            Reboot = Reboot(host, input),
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
            Description = change.Description,
        };
    }

    /// <summary>A system that is gone at the next boot, or was never there, is nothing to reboot into.</summary>
    private static RebootPlan? Reboot(Host host, PlanningInput input) =>
        input.Mode is ActivationMode.Switch or ActivationMode.Boot && (input.Reboot ?? host.Reboot ?? input.Settings.Reboot) is var when and not RebootPolicy.Never
            ? new RebootPlan(when, host.RebootTimeout ?? input.Settings.RebootTimeout)
            : null;

    /// <summary>Whether a guard on the host takes a system back that is not found healthy.</summary>
    internal static bool IsGuarded(Host host, FleetSettings settings) => settings.AutoRollback && host.RollbackOnFailure;

    /// <summary>How long a host's checks must keep passing; <paramref name="wish"/> goes before what the host and the fleet say.</summary>
    internal static TimeSpan Window(Host host, FleetSettings settings, TimeSpan? wish) =>
        host.HealthChecks.IsEmpty && host.CriticalServices.IsEmpty ? TimeSpan.Zero : wish ?? host.HealthWindow ?? settings.HealthWindow;

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

    /// <summary>What is left of a strategy that deploys nobody.</summary>
    private sealed class Nobody(string name, PlanShape shape) : IDeploymentStrategy
    {
        public string Name => name;

        public PlanShape Shape(StrategyInput input) => shape with { Stages = [], HeldUpBy = null };
    }
}
