using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Reporting;

/// <summary>Hosts that can be worked on together: a level of dependencies within a stage.</summary>
/// <param name="Number">1 and up.</param>
/// <param name="Stage">The stage it is part of.</param>
/// <param name="Hosts">The hosts, in the stage's order.</param>
/// <param name="After">The hosts of the same stage that these wait for, in ordinal order.</param>
/// <param name="Name">The stage's name when the plan has several; <see langword="null"/> otherwise.</param>
internal sealed record Phase(int Number, Stage Stage, ImmutableArray<HostPlan> Hosts, ImmutableArray<HostName> After, string? Name)
{
    /// <summary><c>Phase 2 (After p620, parallel)</c>.</summary>
    public string Title(int parallelLimit)
    {
        var how = Hosts.Length == 1 ? null : (Stage.MaxInFlight ?? parallelLimit) > 1 ? "Parallel" : "One at a time";
        string?[] words = [Name is null ? null : Printable.Line(Name), After.IsEmpty ? null : $"After {Amounts.Names(After, most: 3)}", how];
        var said = words.OfType<string>().ToArray();
        return $"Phase {Number}{(said.Length == 0 ? "" : $" ({string.Join(", ", said)})")}";
    }
}

/// <summary>A plan's stages cut into phases, as people think of them.</summary>
internal static class Phases
{
    /// <summary>The phases in order. Stages that commit nothing are one phase each: what they do is undone or finished later.</summary>
    public static ImmutableArray<Phase> Of(DeploymentPlan plan)
    {
        var phases = ImmutableArray.CreateBuilder<Phase>();
        var hosts = plan.Hosts.ToDictionary(h => h.Host);
        foreach (var stage in plan.Stages)
        {
            var members = stage.Hosts.Where(hosts.ContainsKey).Select(h => hosts[h]).ToImmutableArray();
            var levels = stage.To == Milestone.Committed ? Levels(members) : [members];
            foreach (var level in levels.Where(l => !l.IsEmpty))
            {
                var after = level.SelectMany(h => h.After).Where(stage.Hosts.Contains).Distinct().Order();
                phases.Add(new Phase(
                    phases.Count + 1, stage, level, stage.To == Milestone.Committed ? [.. after] : [], plan.Stages.Length > 1 ? stage.Name : null));
            }
        }

        return phases.ToImmutable();
    }

    private static IEnumerable<ImmutableArray<HostPlan>> Levels(ImmutableArray<HostPlan> hosts)
    {
        var left = hosts;
        while (!left.IsEmpty)
        {
            var waiting = left.Select(h => h.Host).ToHashSet();
            var level = left.Where(h => !h.After.Any(waiting.Contains)).ToImmutableArray();
            if (level.IsEmpty)
            {
                // A plan has no cycles; one that has is still shown, for a person to see it.
                level = left;
            }

            yield return level;
            left = left.RemoveRange(level);
        }
    }
}
