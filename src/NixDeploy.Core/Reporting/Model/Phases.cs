using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Reporting.Model;

/// <summary>Hosts that can be worked on together: a level of dependencies within a stage.</summary>
/// <param name="Number">1 and up.</param>
/// <param name="Stage">The stage it is part of.</param>
/// <param name="Hosts">The hosts, in the stage's order.</param>
/// <param name="After">The changed hosts of the same stage that these wait for, in ordinal order; behind bridges those that decide.</param>
/// <param name="Name">The stage's name when the plan has several; <see langword="null"/> otherwise.</param>
internal sealed record Phase(int Number, Stage Stage, ImmutableArray<HostPlan> Hosts, ImmutableArray<HostName> After, string? Name)
{
    /// <summary>The hosts that need nothing and would have been part of it, in ordinal order.</summary>
    public ImmutableArray<SkippedHost> Skipped { get; init; } = [];

    /// <summary>How long its stage's hosts are watched after it; <see langword="null"/>: not at all.</summary>
    public TimeSpan? Bake { get; init; }

    /// <summary><c>Phase 2 (After p620, Parallel)</c>, <c>Phase 1 (canary, then watched for 5 minutes)</c>.</summary>
    public string Title(int parallelLimit)
    {
        var how = Hosts.Length == 1 ? null : (Stage.MaxInFlight ?? parallelLimit) > 1 ? "Parallel" : "One at a time";
        string?[] words =
        [
            Name is null ? null : Printable.Line(Name),
            After.IsEmpty ? null : $"After {HostList.Few(After, most: 3)}",
            how,
            Bake is { } bake ? $"then watched for {Amounts.Words(bake)}" : null,
        ];
        var said = words.OfType<string>().ToArray();
        return $"Phase {Number}{(said.Length == 0 ? "" : $" ({string.Join(", ", said)})")}";
    }
}

/// <summary>A plan's stages cut into phases, as people think of them.</summary>
/// <param name="All">The phases in order.</param>
/// <param name="Unchanged">The skipped hosts that belong to none of them, in ordinal order.</param>
internal sealed record Phases(ImmutableArray<Phase> All, ImmutableArray<SkippedHost> Unchanged)
{
    /// <summary>
    /// Cuts a plan. Stages that commit nothing are one phase each: what they do is undone or finished later. A skipped host is in the
    /// first phase after those it depends on; with several stages, or when no phase comes after those, it is in none.
    /// </summary>
    public static Phases Of(DeploymentPlan plan)
    {
        var levels = PhaseLevels.Of(plan);
        var phases = ImmutableArray.CreateBuilder<Phase>();
        var hosts = plan.Hosts.OrEmpty().ToDictionary(h => h.Host);
        var several = plan.Stages.OrEmpty().Length > 1;
        foreach (var (index, stage) in plan.Stages.OrEmpty().Index())
        {
            var members = stage.Hosts.OrEmpty().Where(hosts.ContainsKey).Select(h => hosts[h]);
            var groups = stage.To == Milestone.Committed
                ? members.Where(h => levels.Of(h.Host).Stage == index).GroupBy(h => levels.Of(h.Host).Level).OrderBy(g => g.Key).ToList()
                : [.. members.GroupBy(_ => 0)];
            foreach (var group in groups)
            {
                ImmutableArray<HostName> after = stage.To == Milestone.Committed
                    ? [.. group.SelectMany(h => levels.Before(h)).Where(a => levels.Of(a).Stage == index && levels.Of(a).Level < group.Key).Distinct().Order()]
                    : [];
                phases.Add(new Phase(phases.Count + 1, stage, [.. group], after, several ? stage.Name : null));
            }

            if (groups.Count > 0)
            {
                phases[^1] = phases[^1] with { Bake = stage.Bake };
            }
        }

        var skipped = plan.Skipped.OrEmpty().ToLookup(s => several ? -1 : levels.After(s.DependsOn.OrEmpty()) is var place && place < phases.Count ? place : -1);
        return new Phases([.. phases.Select((p, i) => p with { Skipped = [.. skipped[i]] })], [.. skipped[-1]]);
    }
}
