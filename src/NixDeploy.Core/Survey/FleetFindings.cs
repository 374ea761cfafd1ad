using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Nix;
using NixDeploy.Planning;
using NixDeploy.Topology;

namespace NixDeploy.Survey;

/// <summary>What was found of the selected hosts: everything that a plan is made of beside the request.</summary>
/// <param name="Changed">The hosts that are to change, in ordinal order.</param>
/// <param name="Skipped">The hosts that need nothing, in ordinal order.</param>
/// <param name="Unplannable">The hosts that cannot be deployed, and why.</param>
internal sealed record FleetFindings(
    ImmutableArray<HostChange> Changed, ImmutableArray<SkippedHost> Skipped, ImmutableSortedDictionary<HostName, Problem> Unplannable)
{
    /// <summary>What the hosts answered.</summary>
    public required ImmutableArray<HostInspection> Inspections { get; init; }

    /// <summary>The hosts that cannot be reached and are skipped or deferred.</summary>
    public ImmutableArray<UnreachableHost> Unreachable { get; init; } = [];

    /// <summary>The changed hosts that selected ones depend on and that are not selected.</summary>
    public ImmutableArray<HostName> NotSelected { get; init; } = [];

    /// <summary>How the checks went that were made before anything is touched.</summary>
    public ImmutableArray<PreflightCheck> Preflight { get; init; } = [];

    /// <summary>What people should know, a sentence each.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>Everything that a plan is made of.</summary>
    /// <param name="fleet">The fleet as it was read.</param>
    /// <param name="settings">Its settings with the request's overrides.</param>
    /// <param name="graph">Its dependencies.</param>
    /// <param name="request">The request.</param>
    /// <param name="history">How long earlier runs took.</param>
    /// <param name="warnings">What people should know besides.</param>
    public PlanningInput ToInput(
        LoadedFleet fleet, FleetSettings settings, DependencyGraph graph, DeploymentRequest request, DurationHistory history, IEnumerable<string> warnings) =>
        new(settings, graph, Changed, Skipped, Unplannable)
        {
            Mode = request.Mode,
            Reboot = request.Reboot,
            Locks = request.Locks,
            Unreachable = Unreachable,
            NotSelected = NotSelected,
            Preflight = Preflight,
            Warnings = [.. Warnings, .. warnings],
            Described = fleet.Fleet.Hosts.RemoveRange(fleet.Undescribed),
            History = history,
            Origin = new PlanOrigin(fleet.Fleet.Origin, request.Hosts, Digest.Of(fleet.Fleet.Settings))
            {
                IncludesDependencies = request.IncludeDependencies,
                Simulated = fleet.Fleet.IsSimulated,
            },
        };
}
