using System.Collections.Immutable;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Labs;

/// <summary>
/// What a host of the lab runs: the content of its file <c>fleet/hosts/NAME.nix</c>. Everything that is not said is left to
/// <c>lib/system.nix</c>; <c>docs/lab.md</c> describes each value.
/// </summary>
public sealed record LabSystem
{
    /// <summary>Part of the system's name and of its units' descriptions and restart triggers, so a new version changes and restarts them all.</summary>
    public string Version { get; init; } = "1";

    /// <summary>Name and version of small packages in the closure.</summary>
    public ImmutableSortedDictionary<string, string> Packages { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Units by name; a name without a suffix is a service.</summary>
    public ImmutableSortedDictionary<string, LabUnit> Units { get; init; } = ImmutableSortedDictionary<string, LabUnit>.Empty;

    public ImmutableSortedDictionary<string, string>? Etc { get; init; }

    public ImmutableArray<string>? Users { get; init; }

    public string? Kernel { get; init; }

    public string? Initrd { get; init; }

    public ImmutableArray<string>? KernelParams { get; init; }

    /// <summary>Ballast in the closure, new with every version.</summary>
    public int? PayloadMegabytes { get; init; }

    /// <summary>Each is this system with the values given here put over it.</summary>
    public ImmutableSortedDictionary<string, JObject>? Specialisations { get; init; }

    /// <summary>A shell script, the isolated test of this system: it is <c>$toplevel</c> there, and fails the test by its exit code.</summary>
    public string? Test { get; init; }

    /// <summary>
    /// Whether switch-to-configuration behaves as the one in Rust does, which is NixOS's since 24.11: it does not wait for the lock but ends
    /// with 11, it has the action <c>check</c>, and it ends with 1 where systemd does not reload its units. Otherwise as the one in Perl.
    /// </summary>
    public bool? NewerScript { get; init; }

    public LabFaults? Faults { get; init; }

    public LabDeployment Deployment { get; init; } = new();

    public LabSystem WithUnit(string name, LabUnit unit) => this with { Units = Units.SetItem(name, unit) };

    public LabSystem WithUnit(string name, string exec) => WithUnit(name, new LabUnit { Exec = exec });

    public LabSystem WithPackage(string name, string version) => this with { Packages = Packages.SetItem(name, version) };
}
