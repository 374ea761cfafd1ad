using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Planning;

namespace NixDeploy.Survey;

/// <summary>What would keep a fleet from being deployed.</summary>
/// <param name="Fleet">The fleet as it was read.</param>
/// <param name="Problems">Everything that is wrong, by host; empty when nothing is.</param>
/// <param name="Checks">How each check went, in their order.</param>
/// <param name="Warnings">What people should know although it stops nothing.</param>
public sealed record FleetValidation(
    Fleet Fleet, ImmutableSortedDictionary<HostName, Problem> Problems, ImmutableArray<PreflightCheck> Checks, ImmutableArray<string> Warnings)
{
    /// <summary>The files of the fleet that cannot be parsed, a sentence each, whether an evaluation comes to them or not.</summary>
    public ImmutableArray<string> Files { get; init; } = [];

    /// <summary>Whether nothing keeps the fleet from being deployed.</summary>
    public bool IsValid => Problems.IsEmpty && Files.IsEmpty;
}
