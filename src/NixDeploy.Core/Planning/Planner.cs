using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Planning.Strategies;

namespace NixDeploy.Planning;

/// <summary>Makes a plan out of what is known and a strategy. Pure.</summary>
public static class Planner
{
    /// <summary>How long a copy-free activation may take before the guard steps in; NixOS activations take seconds to minutes.</summary>
    private static readonly TimeSpan ActivationAllowance = TimeSpan.FromMinutes(3);

    /// <summary>Plans a deployment.</summary>
    public static DeploymentPlan Plan(PlanningInput input, IDeploymentStrategy strategy)
    {
        var blocked = Block(input);
        var open = input with { Changed = [.. input.Changed.Where(c => !blocked.ContainsKey(c.Host.Name))] };
        var shape = strategy.Shape(open);
        var waits = open.Waits();
        var hosts = open.Changed.Select(c => ForHost(c, shape.KeepsDependencies ? waits[c.Host.Name] : [], input.Settings));
        return Assemble(open, strategy, shape, [.. hosts], blocked);
    }

    /// <summary>Plans the way back: dependents go before the hosts that they depend on.</summary>
    public static DeploymentPlan PlanRollback(PlanningInput input)
    {
        var strategy = new RollbackStrategy();
        var waits = input.Waits();
        var dependents = waits.SelectMany(w => w.Value.Select(d => (Dependency: d, Dependent: w.Key))).ToLookup(p => p.Dependency, p => p.Dependent);
        var hosts = input.Changed.Select(c => ForHost(c, [.. dependents[c.Host.Name].Order()], input.Settings));
        var blocked = input.Unplannable.ToImmutableSortedDictionary(u => u.Key, u => new BlockedHost(u.Key, u.Value, null));
        return Assemble(input, strategy, strategy.Shape(input), [.. hosts], blocked);
    }

    private static DeploymentPlan Assemble(
        PlanningInput input, IDeploymentStrategy strategy, PlanShape shape, ImmutableArray<HostPlan> hosts, ImmutableSortedDictionary<HostName, BlockedHost> blocked) =>
        new(DeploymentPlan.CurrentSchema,
            strategy.Name,
            shape.Reasons,
            new Limits(input.Settings.ParallelLimit, Copies: input.Settings.ParallelLimit),
            input.Settings.MaxFailures,
            hosts,
            input.Skipped,
            [.. blocked.Values],
            [.. shape.Stages.Where(s => s.Hosts.Length > 0)])
        {
            OnFailure = input.Settings.OnFailure,
            Warnings = shape.Warnings,
        };

    private static HostPlan ForHost(HostChange change, ImmutableArray<HostName> after, FleetSettings settings)
    {
        var host = change.Host;
        var checks = host.AllChecks;
        var window = checks.IsEmpty ? TimeSpan.Zero : host.HealthWindow ?? settings.HealthWindow;
        var slowest = checks.Select(c => c.Timeout ?? host.HealthCheckTimeout ?? settings.HealthCheckTimeout).DefaultIfEmpty(TimeSpan.Zero).Max();
        TimeSpan? guard = settings.AutoRollback && host.RollbackOnFailure ? settings.GuardTimeout ?? ActivationAllowance + slowest + window : null;
        return new HostPlan(host.Name, change.From, change.To.Toplevel, after, window, guard)
        {
            Derivation = change.To.Derivation,
            FailedBefore = change.FailedBefore,
            Generation = change.Generation,
        };
    }

    /// <summary>The hosts that cannot be deployed and, behind them, the changed hosts that wait for them.</summary>
    private static ImmutableSortedDictionary<HostName, BlockedHost> Block(PlanningInput input)
    {
        var blocked = input.Unplannable.ToImmutableSortedDictionary(u => u.Key, u => new BlockedHost(u.Key, u.Value, null)).ToBuilder();
        var changed = input.Changed.Select(c => c.Host.Name).ToHashSet();
        var waits = input.Graph.Among(changed.Union(input.Unplannable.Keys).ToHashSet());
        foreach (var host in input.Graph.Order.Where(changed.Contains))
        {
            if (waits[host].FirstOrDefault(blocked.ContainsKey) is { Value.Length: > 0 } because)
            {
                blocked[host] = new BlockedHost(host, new Problem("ND0601", $"It waits for {because}, which cannot be deployed."), because);
            }
        }

        return blocked.ToImmutable();
    }
}
