using System.Collections.Immutable;

namespace NixDeploy.Fleets;

/// <summary>Finds hosts by name, and by role or tag, without looking at each of them for every question.</summary>
/// <param name="hosts">All hosts.</param>
internal sealed class HostIndex(ImmutableArray<Host> hosts)
{
    private readonly Lazy<Dictionary<string, ImmutableArray<HostName>>> names = new(() => hosts.ToDictionary(h => h.Name.Value, h => ImmutableArray.Create(h.Name), StringComparer.Ordinal));

    private readonly Lazy<Dictionary<string, ImmutableArray<HostName>>> words = new(() => hosts
        .SelectMany(h => h.Tags.Concat(h.Role is { } role ? [role] : Array.Empty<string>()).Select(w => (Word: w, h.Name)))
        .GroupBy(w => w.Word, w => w.Name, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.Distinct().ToImmutableArray(), StringComparer.Ordinal));

    /// <summary>Every name.</summary>
    public IEnumerable<HostName> All => hosts.Select(h => h.Name);

    /// <summary>What can be asked for, with the hosts that it means: names, or roles and tags.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<HostName>> By(bool word) => word ? words.Value : names.Value;
}
