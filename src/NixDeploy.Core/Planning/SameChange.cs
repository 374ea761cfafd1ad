using System.Collections.Immutable;
using NixDeploy.Changes;

namespace NixDeploy.Planning;

/// <summary>Tells whether two hosts take the same change, whichever hosts they are: packages, units and kernel.</summary>
/// <remarks>Hosts whose systems were not compared take the same as far as anybody knows.</remarks>
internal sealed class SameChange : IEqualityComparer<HostOutlook>
{
    public static readonly SameChange Comparer = new();

    public bool Equals(HostOutlook? x, HostOutlook? y) => Same(x?.Change.Changes, y?.Change.Changes);

    public int GetHashCode(HostOutlook obj)
    {
        if (obj.Change.Changes is not { } changes)
        {
            return 0;
        }

        var hash = new HashCode();
        hash.Add(changes.Kernel?.After);
        foreach (var package in changes.Packages)
        {
            hash.Add(package.Name);
            hash.Add(package.After is [var first, ..] ? first : null);
        }

        foreach (var units in Units(changes))
        {
            foreach (var unit in units)
            {
                hash.Add(unit);
            }
        }

        return hash.ToHashCode();
    }

    private static bool Same(SystemChanges? x, SystemChanges? y) => ReferenceEquals(x, y)
        || (x is not null && y is not null
            && x.Omitted == y.Omitted
            && x.Kernel?.After == y.Kernel?.After
            && x.Packages.AsSpan().SequenceEqual(y.Packages.AsSpan(), Packages)
            && Units(x).Zip(Units(y)).All(u => u.First.AsSpan().SequenceEqual(u.Second.AsSpan())));

    private static ImmutableArray<string>[] Units(SystemChanges changes) => [changes.Units.Added, changes.Units.Removed, changes.Units.Changed];

    private static readonly EqualityComparer<PackageChange> Packages = EqualityComparer<PackageChange>.Create((x, y) =>
        x!.Name == y!.Name && x.Before.AsSpan().SequenceEqual(y.Before.AsSpan()) && x.After.AsSpan().SequenceEqual(y.After.AsSpan()));
}
