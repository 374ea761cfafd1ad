using System.Collections.Immutable;

namespace NixDeploy.Labs;

/// <summary>What a lab is doing; its text is for people.</summary>
public sealed record LabStatus(string Name, string Directory, string Fleet, ImmutableArray<LabHostStatus> Hosts)
{
    public override string ToString() => string.Join('\n', Hosts
        .Select(host => $"  {host.Name,-10} {host.Address,-13} {host.State,-9} {host.CurrentSystem}")
        .Prepend($"{Name}: fleet {Fleet}"));
}

/// <summary>
/// A host's State is off, frozen, or what its systemd says (starting, running, degraded …); CurrentSystem is the store path that it
/// runs, or nothing when it cannot be asked.
/// </summary>
public sealed record LabHostStatus(string Name, string Address, string State, int ProcessId, string CurrentSystem);
