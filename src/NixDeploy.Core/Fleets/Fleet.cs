using System.Collections.Immutable;

namespace NixDeploy.Fleets;

/// <summary>All hosts and the settings that hold for them together.</summary>
/// <param name="Origin">Where it was read, as the user named it; for sentences.</param>
/// <param name="Settings">The fleet's settings (<c>deployment-coordinator</c>).</param>
/// <param name="Hosts">Every host, in ordinal order of the names.</param>
public sealed record Fleet(string Origin, FleetSettings Settings, ImmutableSortedDictionary<HostName, Host> Hosts)
{
    /// <summary>The configurations that are not deployed, by name, and the rule that says so, such as <c>its enable is false</c>.</summary>
    public ImmutableSortedDictionary<string, string> NotDeployed { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Whether every host is simulated: then nothing real is deployed.</summary>
    public bool IsSimulated => Hosts.Values.All(h => h.Target.IsSimulated);
}
