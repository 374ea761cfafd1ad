using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Changes;

/// <summary>Compares two systems. Pure and symmetric: what is added in one direction is removed in the other.</summary>
internal static class SystemComparison
{
    /// <summary>What differs.</summary>
    /// <param name="before">The system that runs.</param>
    /// <param name="after">The system that is to run.</param>
    /// <param name="missingOnHost">The paths of its closure that the host lacks; they have to be copied.</param>
    public static SystemChanges Compare(SystemContents before, SystemContents after, IReadOnlyCollection<StorePath> missingOnHost)
    {
        var toldElsewhere = Parts(before).Concat(Parts(after)).ToHashSet();
        var packages = Packages(Versions(before, toldElsewhere), Versions(after, toldElsewhere));
        var units = Items(before.Units, after.Units);
        var etc = Items(before.Etc, after.Etc);
        var users = new ItemChanges { Added = [.. after.Users.Except(before.Users)], Removed = [.. before.Users.Except(after.Users)] };
        int Count(PackageChangeKind kind) => packages.Count(p => p.Kind == kind);

        return new SystemChanges
        {
            Counts = new ChangeCounts
            {
                PackagesAdded = Count(PackageChangeKind.Added),
                PackagesRemoved = Count(PackageChangeKind.Removed),
                PackagesUpgraded = Count(PackageChangeKind.Upgraded),
                PackagesDowngraded = Count(PackageChangeKind.Downgraded),
                PackagesVaried = Count(PackageChangeKind.Varied),
                Rebuilt = Rebuilt(before, after),
                Units = units.All.Count(),
                Etc = etc.All.Count(),
                Users = users.All.Count(),
            },
            Packages = packages,
            NixosVersion = Value(before.Version, after.Version),
            Kernel = before.Kernel == after.Kernel ? null : new ValueChange(before.Kernel?.Name ?? "", after.Kernel?.Name ?? ""),
            Initrd = before.Initrd != after.Initrd,
            KernelModules = before.KernelModules != after.KernelModules,
            KernelParams = Value(before.KernelParams, after.KernelParams),
            Units = units,
            Wanted = [.. after.Wanted.Except(before.Wanted)],
            Etc = etc,
            Users = users,
            ClosureBytesBefore = before.Closure.Values.Sum(),
            ClosureBytesAfter = after.Closure.Values.Sum(),
            BytesToCopy = missingOnHost.Sum(p => after.Closure.GetValueOrDefault(p)),
            PathsToCopy = missingOnHost.Count,
        };
    }

    private static IEnumerable<StorePath> Parts(SystemContents contents) =>
        new[] { contents.System, contents.Kernel, contents.Initrd, contents.KernelModules }.OfType<StorePath>();

    private static Dictionary<string, SortedSet<string>> Versions(SystemContents contents, HashSet<StorePath> toldElsewhere) => contents.Closure.Keys
        .Where(p => !toldElsewhere.Contains(p))
        .Select(PackageName.Of)
        .OfType<PackageName>()
        .GroupBy(p => p.Name, p => p.Version, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => new SortedSet<string>(g, ByVersion), StringComparer.Ordinal);

    /// <summary>The order of versions, and ordinal where that finds no difference: no two texts are the same.</summary>
    private static Comparer<string> ByVersion { get; } = Comparer<string>.Create((a, b) =>
        NixVersion.Order.Compare(a, b) is var order and not 0 ? order : string.CompareOrdinal(a, b));

    private static ImmutableArray<PackageChange> Packages(Dictionary<string, SortedSet<string>> before, Dictionary<string, SortedSet<string>> after) =>
    [
        .. before.Keys.Union(after.Keys)
            .Order(StringComparer.Ordinal)
            .Select(name => Package(name, before.GetValueOrDefault(name) ?? [], after.GetValueOrDefault(name) ?? []))
            .OfType<PackageChange>(),
    ];

    private static PackageChange? Package(string name, SortedSet<string> before, SortedSet<string> after) => before.SetEquals(after)
        ? null
        : new PackageChange(name, Kind(before, after), [.. before.Where(v => !after.Contains(v))], [.. after.Where(v => !before.Contains(v))]);

    private static PackageChangeKind Kind(SortedSet<string> before, SortedSet<string> after)
    {
        if (before.Count == 0 || after.Count == 0)
        {
            return before.Count == 0 ? PackageChangeKind.Added : PackageChangeKind.Removed;
        }

        return NixVersion.Order.Compare(before.Max, after.Max) switch
        {
            < 0 => PackageChangeKind.Upgraded,
            > 0 => PackageChangeKind.Downgraded,
            _ => PackageChangeKind.Varied,
        };
    }

    /// <summary>Paths that replace others of the same name; the systems themselves always do and are not counted.</summary>
    private static int Rebuilt(SystemContents before, SystemContents after)
    {
        static Dictionary<string, int> Own(SystemContents one, SystemContents other) => one.Closure.Keys
            .Where(p => p != one.System && !other.Closure.ContainsKey(p))
            .GroupBy(p => p.Name, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);

        var gone = Own(before, after);
        return Own(after, before).Sum(n => Math.Min(n.Value, gone.GetValueOrDefault(n.Key)));
    }

    private static ValueChange? Value(string before, string after) => before == after ? null : new ValueChange(before, after);

    private static ItemChanges Items(ImmutableSortedDictionary<string, string> before, ImmutableSortedDictionary<string, string> after) => new()
    {
        Added = [.. after.Keys.Where(k => !before.ContainsKey(k))],
        Removed = [.. before.Keys.Where(k => !after.ContainsKey(k))],
        Changed = [.. after.Where(e => before.TryGetValue(e.Key, out var digest) && digest != e.Value).Select(e => e.Key)],
    };
}
