using System.Collections.Immutable;

namespace NixDeploy.Changes;

/// <summary>What differs between the system that a host runs and the one it is to run.</summary>
/// <remarks>Lists are in ordinal order. In the plan of a large fleet they may be cut (<see cref="Omitted"/>); the counts never are.</remarks>
public sealed record SystemChanges
{
    /// <summary>How many of each kind there are, whatever the lists hold.</summary>
    public ChangeCounts Counts { get; init; } = new();

    /// <summary>Packages that were added, removed or have other versions; the kernel's own are in <see cref="Kernel"/>.</summary>
    public ImmutableArray<PackageChange> Packages { get; init; } = [];

    /// <summary><c>nixos-version</c> before and after, when it differs.</summary>
    public ValueChange? NixosVersion { get; init; }

    /// <summary>The kernel's package before and after, such as <c>linux-6.6.1</c>, when its store path differs.</summary>
    public ValueChange? Kernel { get; init; }

    /// <summary>Whether the initrd's store path differs.</summary>
    public bool Initrd { get; init; }

    /// <summary>Whether the kernel modules' store path differs.</summary>
    public bool KernelModules { get; init; }

    /// <summary>The kernel's parameters before and after, when they differ.</summary>
    public ValueChange? KernelParams { get; init; }

    /// <summary>systemd's units.</summary>
    public ItemChanges Units { get; init; } = new();

    /// <summary>Units that a target of the new system wants and none of the old one did, new or not; they are started with the target.</summary>
    public ImmutableArray<string> Wanted { get; init; } = [];

    /// <summary>Files below /etc, units aside.</summary>
    public ItemChanges Etc { get; init; } = new();

    /// <summary>Users.</summary>
    public ItemChanges Users { get; init; } = new();

    /// <summary>What the host's own <c>dry-activate</c> said; <see langword="null"/> when it could not be asked, because the host lacks the new system.</summary>
    public DryActivation? DryActivation { get; init; }

    /// <summary>The sum of the closure's NARs before, in bytes.</summary>
    public long ClosureBytesBefore { get; init; }

    /// <summary>The same after.</summary>
    public long ClosureBytesAfter { get; init; }

    /// <summary>The sum of the NARs that the host lacks, in bytes.</summary>
    public long BytesToCopy { get; init; }

    /// <summary>How many store paths the host lacks.</summary>
    public int PathsToCopy { get; init; }

    /// <summary>How many entries were cut from the lists.</summary>
    public int Omitted { get; init; }

    /// <summary>The same with no list longer than this; the counts stay what they are.</summary>
    /// <param name="most">The most entries of a list, 0 or more.</param>
    public SystemChanges Trimmed(int most)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        var omitted = 0;
        ImmutableArray<T> Cut<T>(ImmutableArray<T> list)
        {
            omitted += Math.Max(0, list.Length - most);
            return list.Length <= most ? list : list[..most];
        }

        ItemChanges Items(ItemChanges items) => new() { Added = Cut(items.Added), Removed = Cut(items.Removed), Changed = Cut(items.Changed) };

        var trimmed = this with
        {
            Packages = Cut(Packages),
            Units = Items(Units),
            Wanted = Cut(Wanted),
            Etc = Items(Etc),
            Users = Items(Users),
            DryActivation = DryActivation is { } dry
                ? dry with { Stop = Cut(dry.Stop), Start = Cut(dry.Start), Restart = Cut(dry.Restart), Reload = Cut(dry.Reload), Keep = Cut(dry.Keep), SwapOff = Cut(dry.SwapOff) }
                : null,
        };
        return omitted == 0 ? this : trimmed with { Omitted = Omitted + omitted };
    }
}

/// <summary>How many changes of each kind there are.</summary>
public sealed record ChangeCounts
{
    /// <summary>Packages of which there was none before.</summary>
    public int PackagesAdded { get; init; }

    /// <summary>Packages of which there is none any more.</summary>
    public int PackagesRemoved { get; init; }

    /// <summary>Packages whose newest version is newer.</summary>
    public int PackagesUpgraded { get; init; }

    /// <summary>Packages whose newest version is older.</summary>
    public int PackagesDowngraded { get; init; }

    /// <summary>Packages that have other versions, of which the newest is the same.</summary>
    public int PackagesVaried { get; init; }

    /// <summary>Store paths that replace one of the same name: the same version, built again.</summary>
    public int Rebuilt { get; init; }

    /// <summary>Units added, removed and changed.</summary>
    public int Units { get; init; }

    /// <summary>Files below /etc added, removed and changed, units aside.</summary>
    public int Etc { get; init; }

    /// <summary>Users added and removed.</summary>
    public int Users { get; init; }

    /// <summary>Packages of any change.</summary>
    public int Packages => PackagesAdded + PackagesRemoved + PackagesUpgraded + PackagesDowngraded + PackagesVaried;
}

/// <summary>A package that was added, removed, or has other versions.</summary>
/// <param name="Name">Its name, as Nix takes it out of the store path.</param>
/// <param name="Kind">How it changed.</param>
/// <param name="Before">The versions before, ascending, without those that stay; empty for one without a version.</param>
/// <param name="After">The versions after, likewise.</param>
public sealed record PackageChange(string Name, PackageChangeKind Kind, ImmutableArray<string> Before, ImmutableArray<string> After);

/// <summary>How a package changed.</summary>
public enum PackageChangeKind
{
    /// <summary>There was none of this name.</summary>
    Added,

    /// <summary>There is none of this name any more.</summary>
    Removed,

    /// <summary>The newest version is newer.</summary>
    Upgraded,

    /// <summary>The newest version is older.</summary>
    Downgraded,

    /// <summary>The newest version is the same; others were added or removed.</summary>
    Varied,
}

/// <summary>A text that differs.</summary>
/// <param name="Before">Before; empty when there was none.</param>
/// <param name="After">After; empty when there is none.</param>
public sealed record ValueChange(string Before, string After);

/// <summary>Named things that were added, removed or changed, in ordinal order.</summary>
public sealed record ItemChanges
{
    /// <summary>Those that were not there.</summary>
    public ImmutableArray<string> Added { get; init; } = [];

    /// <summary>Those that are not there any more.</summary>
    public ImmutableArray<string> Removed { get; init; } = [];

    /// <summary>Those whose content differs.</summary>
    public ImmutableArray<string> Changed { get; init; } = [];

    /// <summary>All of them, each once.</summary>
    public IEnumerable<string> All => Added.Concat(Removed).Concat(Changed);
}
