using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Selection;

namespace NixDeploy.Nix;

/// <summary>A fleet that a program describes itself.</summary>
/// <param name="fleet">All hosts and the fleet's settings; its origin names it in journals.</param>
/// <param name="systems">The system that each host is to have.</param>
public sealed class InMemoryFleetSource(Fleet fleet, IReadOnlyDictionary<HostName, SystemBuild> systems) : IFleetSource
{
    /// <inheritdoc/>
    public string Origin => fleet.Origin;

    /// <inheritdoc/>
    public Task<LoadedFleet> LoadAsync(HostSelection? selection, CancellationToken cancellationToken)
    {
        var deployed = Omissions.Apply(fleet);
        var selected = selection?.Select(deployed) ?? [.. deployed.Hosts.Keys];
        var others = LoadedFleet.LeftOutOf(deployed, selected);
        var wanted = selected.Concat(others).ToList();
        return Task.FromResult(new LoadedFleet(
            deployed,
            selected,
            wanted.Where(systems.ContainsKey).ToImmutableDictionary(h => h, h => systems[h]),
            wanted.Where(h => !systems.ContainsKey(h)).ToImmutableDictionary(h => h, h => new Problem("ND0304", $"{h} has no system; give it one in the source of the fleet.")),
            [])
        {
            NotSelected = others,
        });
    }
}
