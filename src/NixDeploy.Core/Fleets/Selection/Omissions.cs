using System.Collections.Immutable;

namespace NixDeploy.Fleets.Selection;

/// <summary>Which configurations of a fleet are not deployed: people keep installers, laptops and other people's machines beside their servers.</summary>
internal static class Omissions
{
    /// <summary>A fleet without its hosts that are not deployed; nobody waits for them.</summary>
    public static Fleet Apply(Fleet fleet)
    {
        var omitted = fleet.Hosts.Values.Select(h => (h.Name, Rule: RuleOf(h, fleet.Settings))).Where(o => o.Rule is not null).ToDictionary(o => o.Name, o => o.Rule!);
        return omitted.Count == 0 ? fleet : fleet with
        {
            Hosts = fleet.Hosts.RemoveRange(omitted.Keys).ToImmutableSortedDictionary(
                h => h.Key,
                h => h.Value.Dependencies.Any(omitted.ContainsKey) ? h.Value with { Dependencies = h.Value.Dependencies.RemoveAll(omitted.ContainsKey) } : h.Value),
            NotDeployed = fleet.NotDeployed.SetItems(omitted.Select(o => KeyValuePair.Create(o.Key.Value, o.Value))),
        };
    }

    private static string? RuleOf(Host host, FleetSettings settings) =>
        settings.Exclude.FirstOrDefault(pattern => Glob.Matches(pattern, host.Name.Value)) is { } pattern ? $"the fleet's exclude has {Text.Quote(pattern)}"
        : !host.Enable ? "its enable is false"
        : host.HasNoAddress ? "its target.host is null"
        : null;
}
