using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.Reporting.Model;

namespace NixDeploy.Reporting.Plans;

/// <summary>What differs between two systems, whole, as Markdown that folds.</summary>
internal static class ChangePage
{
    /// <summary>Lists by kind, folded together; nothing of a kind that does not differ.</summary>
    public static IEnumerable<string> Lines(SystemChanges changes) =>
    [
        "",
        $"<details><summary>{Title(changes)}</summary>",
        "",
        .. Values(changes),
        .. Items("Packages", changes.Packages.OrEmpty().Select(Package)),
        .. Items("Units", Named(changes.Units)),
        .. Items("Files below /etc", Named(changes.Etc)),
        .. Items("Users", Named(changes.Users)),
        .. changes.DryActivation is { } dry ? Activation(dry) : [],
        $"- Closure: {Amounts.Size(changes.ClosureBytesBefore)} → {Amounts.Size(changes.ClosureBytesAfter)}, {Amounts.Size(changes.BytesToCopy)} in {Amounts.Count(changes.PathsToCopy, "path")} to copy",
        .. changes.Omitted > 0 ? (string[])[$"- … and {Amounts.Number(changes.Omitted)} more entries that the plan does not list"] : [],
        "",
        "</details>",
        "",
    ];

    private static string Title(SystemChanges changes)
    {
        var counts = changes.Counts;
        var parts = new[] { (counts.Packages, "package"), (counts.Units, "unit"), (counts.Etc, "file"), (counts.Users, "user") }
            .Where(p => p.Item1 > 0).Select(p => Amounts.Count(p.Item1, p.Item2));
        return string.Join(", ", [.. changes.Kernel is null ? (string[])[] : ["kernel"], .. parts]) is { Length: > 0 } text ? text : "Details";
    }

    private static IEnumerable<string> Values(SystemChanges changes) =>
    [
        .. Value("NixOS", changes.NixosVersion),
        .. Value("Kernel", changes.Kernel),
        .. Value("Kernel parameters", changes.KernelParams),
        .. changes.Initrd ? ["- The initrd is another"] : (string[])[],
        .. changes.KernelModules ? ["- The kernel's modules are others"] : (string[])[],
    ];

    private static string[] Value(string name, ValueChange? change) => change is null ? [] : [$"- {name}: {Arrow(change.Before, change.After)}"];

    private static string Package(PackageChange package)
    {
        static string Versions(ImmutableArray<string> versions) => string.Join(", ", versions.OrEmpty().Where(v => v.Length > 0));

        var (before, after) = (Versions(package.Before), Versions(package.After));
        var how = package.Kind switch
        {
            PackageChangeKind.Added => $"added {after}",
            PackageChangeKind.Removed => $"removed {before}",
            _ => $"{Arrow(before, after)} ({package.Kind.ToString().ToLowerInvariant()})",
        };
        return $"{Markdown.Code(package.Name)} {(package.Kind is PackageChangeKind.Added or PackageChangeKind.Removed ? Markdown.Text(how.TrimEnd()) : how)}";
    }

    private static IEnumerable<string> Named(ItemChanges items) =>
        Each("added", items.Added).Concat(Each("removed", items.Removed)).Concat(Each("changed", items.Changed));

    private static IEnumerable<string> Activation(DryActivation dry) => Items(
        "What the host's activation would do",
        Each("stop", dry.Stop).Concat(Each("restart", dry.Restart)).Concat(Each("reload", dry.Reload)).Concat(Each("start", dry.Start))
            .Concat(StatusWords.Besides(dry).Select(Markdown.Text)));

    private static IEnumerable<string> Each(string verb, ImmutableArray<string> names) => names.OrEmpty().Select(n => $"{verb} {Markdown.Code(n)}");

    private static IEnumerable<string> Items(string title, IEnumerable<string> items) =>
        items.Select(i => $"  - {i}").ToList() is { Count: > 0 } lines ? [$"- {title}:", .. lines] : [];

    private static string Arrow(string before, string after) => $"{Side(before)} → {Side(after)}";

    private static string Side(string text) => text.Length == 0 ? "none" : Markdown.Text(text);
}
