using System.Collections.Immutable;
using CsCheck;
using NixDeploy.Changes;
using NixDeploy.Fleets;

namespace NixDeploy.Tests.Changes;

/// <summary>Systems, few names and versions wide so that any two of them have much in common.</summary>
internal static class ContentsGen
{
    private static readonly Gen<StorePath> Path = Gen.Select(
        Gen.OneOf("hello", "openssl", "nano", "system-path", "linux", "unit-a.service"),
        Gen.OneOf("", "-1.0", "-1.00", "-1.1", "-2.0", "-2.0-bin", "-2.0pre", "-unstable"),
        Gen.OneOf('a', 'b', 'c'),
        (name, version, hash) => PathOf(name + version, hash));

    private static readonly Gen<ImmutableSortedDictionary<string, string>> Digests =
        Gen.Dictionary(Gen.OneOf("a", "b", "c", "B"), Gen.OneOf("1", "2"))[0, 4].Select(d => d.ToImmutableSortedDictionary(StringComparer.Ordinal));

    public static Gen<SystemContents> Contents { get; } = Gen.Select(
        Gen.Dictionary(Path, Gen.Long[1, 1000])[0, 12], Gen.OneOf('x', 'y'), Gen.OneOf("25.05", "25.11"), Digests, Digests,
        Gen.OneOf("root", "alice", "bob").HashSet[0, 3], Path.Null(),
        (closure, hash, version, units, etc, users, kernel) => new SystemContents(PathOf("nixos-system-h-1", hash))
        {
            Closure = closure.ToImmutableSortedDictionary().SetItem(PathOf("nixos-system-h-1", hash), 10),
            Version = version,
            Units = units,
            Etc = etc,
            Users = users.ToImmutableSortedSet(StringComparer.Ordinal),
            Kernel = kernel,
            Initrd = kernel,
            KernelParams = version,
        });

    public static StorePath PathOf(string name, char hash = 'a') => StorePath.Parse($"/nix/store/{new string(hash, 32)}-{name}");

    /// <summary>A system of these paths, a byte each.</summary>
    public static SystemContents Of(params string[] names) => new(PathOf("nixos-system-h-1", names.Length % 2 == 0 ? 'f' : 'g'))
    {
        Closure = names.ToImmutableSortedDictionary(n => n.Length > 2 && n[1] == ':' ? PathOf(n[2..], n[0]) : PathOf(n), _ => 1L),
    };
}
