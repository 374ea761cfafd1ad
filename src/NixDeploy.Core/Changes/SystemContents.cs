using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Changes;

/// <summary>What a NixOS system consists of, as far as it decides what a deployment changes.</summary>
/// <remarks>Read by one script (<c>contents</c>), on the controller for the new system and on the host for the one that runs.</remarks>
/// <param name="System">The system's toplevel.</param>
public sealed record SystemContents(StorePath System)
{
    /// <summary>Every path of the closure with the size of its NAR in bytes; the toplevel is one of them.</summary>
    public ImmutableSortedDictionary<StorePath, long> Closure { get; init; } = ImmutableSortedDictionary<StorePath, long>.Empty;

    /// <summary>The text of <c>nixos-version</c>, such as <c>25.05.20250115.abcdef</c>; empty when there is none.</summary>
    public string Version { get; init; } = "";

    /// <summary>The store path that <c>kernel</c> leads into; <see langword="null"/> when there is none.</summary>
    public StorePath? Kernel { get; init; }

    /// <summary>The store path that <c>initrd</c> leads into.</summary>
    public StorePath? Initrd { get; init; }

    /// <summary>The store path that <c>kernel-modules</c> leads into.</summary>
    public StorePath? KernelModules { get; init; }

    /// <summary>The text of <c>kernel-params</c>.</summary>
    public string KernelParams { get; init; } = "";

    /// <summary>The systemd units by full name, each with a digest of its file and drop-ins.</summary>
    public ImmutableSortedDictionary<string, string> Units { get; init; } = Texts;

    /// <summary>The units that its targets want or require.</summary>
    public ImmutableSortedSet<string> Wanted { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>The files below <c>etc</c> but for systemd's units, by path such as <c>nginx/nginx.conf</c>, each with a digest of its content.</summary>
    public ImmutableSortedDictionary<string, string> Etc { get; init; } = Texts;

    /// <summary>The names of the users that the system declares.</summary>
    public ImmutableSortedSet<string> Users { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>The toplevels of its specialisations, by name.</summary>
    public ImmutableSortedDictionary<string, StorePath> Specialisations { get; init; } =
        ImmutableSortedDictionary.Create<string, StorePath>(StringComparer.Ordinal);

    /// <summary>The file of a unit that has none of its own: <c>getty@.service</c> of <c>getty@tty1.service</c>.</summary>
    internal static string UnitFile(string unit) =>
        unit.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at && unit.LastIndexOf('.') is var dot && dot > at ? unit[..(at + 1)] + unit[dot..] : unit;

    private static ImmutableSortedDictionary<string, string> Texts { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
