using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Changes;

/// <summary>What an activation would do, as <c>switch-to-configuration dry-activate</c> says it. Lists are in ordinal order.</summary>
public sealed record DryActivation
{
    /// <summary>Units that would be stopped.</summary>
    public ImmutableArray<string> Stop { get; init; } = [];

    /// <summary>Units that would be started.</summary>
    public ImmutableArray<string> Start { get; init; } = [];

    /// <summary>Units that would be restarted, whether at once or by a stop and a later start.</summary>
    public ImmutableArray<string> Restart { get; init; } = [];

    /// <summary>Units that would be reloaded.</summary>
    public ImmutableArray<string> Reload { get; init; } = [];

    /// <summary>Units that differ and would run on as they are, because they ask for that or cannot be stopped.</summary>
    public ImmutableArray<string> Keep { get; init; } = [];

    /// <summary>Swap devices that would be turned off.</summary>
    public ImmutableArray<string> SwapOff { get; init; } = [];

    /// <summary>Whether systemd would restart itself.</summary>
    public bool RestartsSystemd { get; init; }

    /// <summary>What the system's own check before a switch says against it, its last lines; empty when it passes, or there is none.</summary>
    public string FailedCheck { get; init; } = "";

    /// <summary>
    /// The same with what is known of the two systems: a unit that would be stopped and has changed is restarted (its socket starts it), and
    /// units that the targets of the new system want are started.
    /// </summary>
    /// <param name="changes">What differs between them.</param>
    internal DryActivation Within(SystemChanges changes)
    {
        var known = WithRestarts(changes.Units.Changed.OrEmpty());
        var told = known.Stop.Concat(known.Restart).Concat(known.Reload).Concat(known.Keep).ToHashSet(StringComparer.Ordinal);
        return known with { Start = Sorted(known.Start.Concat(changes.Wanted.OrEmpty().Where(unit => !told.Contains(unit)))) };
    }

    /// <summary>Units that are stopped, and are started again or are among the changed ones, become restarts.</summary>
    internal DryActivation WithRestarts(ImmutableArray<string> changed)
    {
        var back = Stop.Where(unit => Start.Contains(unit) || changed.Contains(unit) || changed.Contains(SystemContents.UnitFile(unit))).ToHashSet(StringComparer.Ordinal);
        return back.Count == 0 ? this : this with { Stop = Without(Stop), Start = Without(Start), Restart = Sorted(Restart.Concat(back)) };

        ImmutableArray<string> Without(ImmutableArray<string> units) => [.. units.Where(unit => !back.Contains(unit))];
    }

    private static ImmutableArray<string> Sorted(IEnumerable<string> units) => [.. units.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
