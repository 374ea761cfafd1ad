using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using NixDeploy.Changes;
using NixDeploy.Fleets;

namespace NixDeploy.Testing;

/// <summary>How a system behaves when a simulated host activates it; one without a description works.</summary>
public sealed record SimulatedSystem
{
    private const string Prefix = "nixos-system-";

    /// <summary>The bytes of a toplevel without a description.</summary>
    private const long Size = 100_000;

    private const string Base32 = "0123456789abcdfghijklmnpqrsvwxyz";

    /// <summary>The units that fail to start, by their full names: the activation ends with exit code 4.</summary>
    public ImmutableArray<string> FailToStart { get; init; } = [];

    /// <summary>The units that start and are failed at the first look after it, by their full names.</summary>
    public ImmutableArray<string> FailLater { get; init; } = [];

    /// <summary>The units that are failed after a boot into it, by their full names.</summary>
    public ImmutableArray<string> FailAfterBoot { get; init; } = [];

    /// <summary>Stands for its kernel, initrd, modules and kernel parameters: a host that was booted with another one needs a reboot.</summary>
    public string Kernel { get; init; } = "";

    /// <summary>Whether nothing is activated because the host would have to reboot.</summary>
    public bool NeedsReboot { get; init; }

    /// <summary>Whether a rollback from it fails: it ends in <c>RollbackFailed</c>.</summary>
    public bool CannotBeLeft { get; init; }

    /// <summary>
    /// What it consists of: packages in its closure, units, files, users. <see langword="null"/>: the system alone, whose
    /// <c>nixos-version</c> is what its name says behind the host's.
    /// </summary>
    public SystemContents? Contents { get; init; }

    /// <summary>What an activation would do to units, as the host says it when it has the whole system.</summary>
    public DryActivation DryActivation { get; init; } = new();

    /// <summary>Whether it does not build; of a test's result, whether the test does not pass.</summary>
    public bool FailsToBuild { get; init; }

    /// <summary>Whether it cannot say what its activation would do: <c>dry-activate</c> ends with exit code 1.</summary>
    public bool FailsDryActivation { get; init; }

    /// <summary>What this system consists of, described or not.</summary>
    internal SystemContents ContentsOf(StorePath path) => Contents is { } described
        ? described with { System = path, Closure = described.Closure.ContainsKey(path) ? described.Closure : described.Closure.Add(path, Size) }
        : new SystemContents(path) { Closure = ImmutableSortedDictionary<StorePath, long>.Empty.Add(path, Size), Version = VersionOf(path.Name) };

    /// <summary>A store path that looks like a system's; the same name gives the same path.</summary>
    /// <param name="name">Letters, digits and <c>+ - . _ ? =</c>: becomes <c>nixos-system-NAME</c>.</param>
    public static StorePath Path(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name)).Select(b => Base32[b % Base32.Length]).ToArray();
        return StorePath.Parse($"/nix/store/{new string(hash)}-{Prefix}{name}");
    }

    /// <summary>From the first dash that no letter follows, as Nix has it; else from the last one.</summary>
    private static string VersionOf(string name)
    {
        var system = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
        return PackageName.Parse(system).Version is { Length: > 0 } version ? version
            : system.LastIndexOf('-') is >= 0 and var dash ? system[(dash + 1)..]
            : "";
    }
}
