using System.Collections.Immutable;
using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NixDeploy.Fleets;

namespace NixDeploy.Changes;

/// <summary>From the lines of <c>contents</c> to a system.</summary>
internal static class ContentsReader
{
    private const string DropIns = ".d/";

    /// <summary>Folders beside the units, which may be links: their contents are listed elsewhere, or do not count as changes.</summary>
    private static readonly string[] Folders = [".d", ".wants", ".requires", ".upholds"];

    /// <summary>make-etc lays these beside a file that is copied instead of linked; they are part of it.</summary>
    private static readonly string[] Attributes = [".mode", ".uid", ".gid"];

    /// <summary>What the system consists of; <see langword="null"/> when the answer does not contain it.</summary>
    /// <param name="system">The system that was asked about.</param>
    /// <param name="lines">The values of every line with a key.</param>
    /// <exception cref="FormatException">Its message is the key of the malformed lines.</exception>
    public static SystemContents? Read(StorePath system, Func<string, IEnumerable<ImmutableArray<string>>> lines)
    {
        if (!lines("system").Any())
        {
            return null;
        }

        return new SystemContents(system)
        {
            Closure = Closure(lines),
            Version = First(lines, "nixos-version"),
            Kernel = Part(system, First(lines, "kernel")),
            Initrd = Part(system, First(lines, "initrd")),
            KernelModules = Part(system, First(lines, "kernel-modules")),
            KernelParams = First(lines, "kernel-params"),
            Units = Digests(Pairs(lines, "unit").Where(p => !Folders.Any(f => p.Name.EndsWith(f, StringComparison.Ordinal))), UnitOf),
            Wanted = lines("wanted").Where(f => f.Length > 0).Select(f => f[0]).ToImmutableSortedSet(StringComparer.Ordinal),
            Etc = Digests(Pairs(lines, "etc"), FileOf([.. Pairs(lines, "etc").Select(p => p.Name)])),
            Users = Users(lines),
            Specialisations = Specialisations(lines),
        };
    }

    private static string First(Func<string, IEnumerable<ImmutableArray<string>>> lines, string key) =>
        lines(key).FirstOrDefault() is { IsDefaultOrEmpty: false } values ? values[0].Trim() : "";

    private static ImmutableSortedDictionary<StorePath, long> Closure(Func<string, IEnumerable<ImmutableArray<string>>> lines)
    {
        var paths = lines("path").Select(f => f.Length > 0 && StorePath.TryParse(f[0], out var path) ? path : throw new FormatException("path")).ToList();
        var sizes = lines("size").Select(f => f.Length > 0 && long.TryParse(f[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : throw new FormatException("size")).ToList();
        return paths.Count == sizes.Count
            ? paths.Zip(sizes).ToImmutableSortedDictionary(p => p.First, p => p.Second)
            : throw new FormatException("size");
    }

    /// <summary>The store path that a part lies in; <see langword="null"/> when that is the system itself.</summary>
    private static StorePath? Part(StorePath system, string target)
    {
        var end = target.IndexOf('/', Math.Min(target.Length, "/nix/store/".Length));
        return StorePath.TryParse(end < 0 ? target : target[..end], out var path) && path != system ? path : null;
    }

    private static IEnumerable<(string Value, string Name)> Pairs(Func<string, IEnumerable<ImmutableArray<string>>> lines, string key) =>
        lines(key).Select(f => f.Length >= 2 ? (f[0], f[1]) : throw new FormatException(key));

    /// <summary>Digests by what they belong to; several that belong to one thing become one.</summary>
    private static ImmutableSortedDictionary<string, string> Digests(IEnumerable<(string Value, string Name)> files, Func<string, string> owner) => files
        .GroupBy(p => owner(p.Name), StringComparer.Ordinal)
        .ToImmutableSortedDictionary(
            g => g.Key,
            g => string.Join(' ', g.OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Value, StringComparer.Ordinal).Select(p => p.Name == g.Key ? p.Value : $"{p.Name}={p.Value}")),
            StringComparer.Ordinal);

    private static string UnitOf(string name) => name.IndexOf(DropIns, StringComparison.Ordinal) is > 0 and var at ? name[..at] : name;

    private static Func<string, string> FileOf(HashSet<string> files) => name =>
        Attributes.FirstOrDefault(a => name.EndsWith(a, StringComparison.Ordinal)) is { } attribute && files.Contains(name[..^attribute.Length])
            ? name[..^attribute.Length]
            : name;

    private static ImmutableSortedSet<string> Users(Func<string, IEnumerable<ImmutableArray<string>>> lines)
    {
        var files = Pairs(lines, "users").ToList();
        var own = files.Where(f => f.Value == "yes").ToList();
        try
        {
            return (own.Count > 0 ? own : files)
                .SelectMany(f => JObject.Parse(f.Name)["users"] is JArray users ? users : [])
                .Select(user => user is JObject ? (string?)user["name"] : null)
                .OfType<string>()
                .ToImmutableSortedSet(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FormatException("users", e);
        }
    }

    private static ImmutableSortedDictionary<string, StorePath> Specialisations(Func<string, IEnumerable<ImmutableArray<string>>> lines) =>
        lines("specialisation")
            .Where(f => f.Length >= 2)
            .Select(f => (Name: f[0], Path: StorePath.TryParse(f[1], out var path) ? path : throw new FormatException("specialisation")))
            .ToImmutableSortedDictionary(s => s.Name, s => s.Path, StringComparer.Ordinal);
}
