using NixDeploy.Changes;
using NixDeploy.Reporting.Model;

namespace NixDeploy.Reporting.Plans;

/// <summary>What differs between two systems, in words: in a bracket, and a line for each kind.</summary>
internal static class ChangeWords
{
    /// <summary>The most names in a line; the rest is counted.</summary>
    private const int Most = 6;

    /// <summary><c>kernel update, 3 packages, 1 config</c>; always in this order.</summary>
    public static string Summary(SystemChanges changes)
    {
        var counts = changes.Counts;
        var kernel = changes.Kernel is not null || changes.KernelModules;
        (bool There, string Text)[] kinds =
        [
            (kernel, "kernel update"),
            (changes.Initrd && !kernel, "initrd update"), // a new kernel always has one
            (changes.KernelParams is not null, "kernel parameters"),
            (counts.Packages > 0, Amounts.Count(counts.Packages, "package")),
            (counts.Units > 0, Amounts.Count(counts.Units, "service")),
            (counts.Etc > 0, Amounts.Count(counts.Etc, "config")),
            (counts.Users > 0, Amounts.Count(counts.Users, "user")),
        ];
        return string.Join(", ", kinds.Where(k => k.There).Select(k => k.Text)) is { Length: > 0 } text ? text
            : changes.NixosVersion is { } version ? $"NixOS {Printable.Line(version.After)}"
            : counts.Rebuilt > 0 ? "rebuilt"
            : "nothing visible differs";
    }

    /// <summary>SPEC's analysis, a line for each kind of change.</summary>
    public static IEnumerable<string> Details(SystemChanges changes)
    {
        var counts = changes.Counts;
        yield return $"System packages: {Packages(counts)}";
        if (counts.PackagesUpgraded + counts.PackagesDowngraded + counts.PackagesVaried > 0)
        {
            yield return $"Package versions: {Versions(changes)}";
        }

        yield return $"Service changes: {OrNone([.. Items(changes.Units, "added", "removed", "modified"), .. Items(changes.Etc, "added", "removed", "modified")], counts.Units + counts.Etc)}";
        yield return $"Kernel changes: {Kernel(changes)}";
        yield return $"User changes: {OrNone([.. changes.Users.Added.Select(u => $"+{Printable.Line(u)}"), .. changes.Users.Removed.Select(u => $"-{Printable.Line(u)}")], counts.Users)}";
        if (changes.NixosVersion is { } version)
        {
            yield return $"NixOS version: {Arrow(version.Before, version.After)}";
        }

        yield return $"Closure: {Amounts.Size(changes.ClosureBytesBefore)} → {Amounts.Size(changes.ClosureBytesAfter)}, {Amounts.Size(changes.BytesToCopy)} to copy";
        if (changes.DryActivation is { } dry)
        {
            foreach (var (verb, units) in new[] { ("stop", dry.Stop), ("restart", dry.Restart), ("reload", dry.Reload), ("start", dry.Start) })
            {
                if (!units.IsEmpty)
                {
                    yield return $"Will {verb}: {OrNone([.. units.Select(Printable.Line)], units.Length)}";
                }
            }

            foreach (var line in StatusWords.Besides(dry))
            {
                yield return line;
            }
        }
    }

    private static string Packages(ChangeCounts counts)
    {
        var net = counts.PackagesAdded - counts.PackagesRemoved;
        return counts.PackagesAdded + counts.PackagesRemoved == 0
            ? "None"
            : $"+{counts.PackagesAdded}, -{counts.PackagesRemoved} (net {(net > 0 ? "+" : "")}{net})";
    }

    private static string Versions(SystemChanges changes)
    {
        var counts = changes.Counts;
        var amounts = new[] { (counts.PackagesUpgraded, "upgraded"), (counts.PackagesDowngraded, "downgraded"), (counts.PackagesVaried, "in other versions") }
            .Where(a => a.Item1 > 0).Select(a => $"{a.Item1} {a.Item2}");
        var shown = changes.Packages
            .Where(p => p.Kind is not (PackageChangeKind.Added or PackageChangeKind.Removed))
            .Select(p => $"{Printable.Line(p.Name)} {Arrow(string.Join('+', p.Before), string.Join('+', p.After))}");
        return $"{string.Join(", ", amounts)} ({OrNone([.. shown], counts.PackagesUpgraded + counts.PackagesDowngraded + counts.PackagesVaried)})";
    }

    private static string Kernel(SystemChanges changes)
    {
        string?[] parts =
        [
            changes.Kernel is { } kernel ? Kernel(Version(kernel.Before), Version(kernel.After))
                : changes.KernelModules ? "modules"
                : changes.Initrd ? "initrd"
                : null,
            changes.KernelParams is { } parameters ? $"parameters {Arrow(parameters.Before, parameters.After)}" : null,
        ];
        return string.Join(", ", parts.OfType<string>()) is { Length: > 0 } text ? text : "None";
    }

    private static string Kernel(string before, string after) => before == after ? $"{Printable.Line(after)} rebuilt" : Arrow(before, after);

    /// <summary><c>6.12.1</c> of <c>linux-6.12.1</c>; another kernel keeps its name.</summary>
    private static string Version(string package) =>
        PackageName.Parse(package) is { Name: "linux", Version.Length: > 0 } kernel ? kernel.Version : package;

    private static IEnumerable<string> Items(ItemChanges items, string added, string removed, string changed) =>
    [
        .. items.Changed.Select(i => $"{Printable.Line(i)} {changed}"),
        .. items.Added.Select(i => $"{Printable.Line(i)} {added}"),
        .. items.Removed.Select(i => $"{Printable.Line(i)} {removed}"),
    ];

    /// <summary>The first few, and how many more there are in all; the list may have been cut.</summary>
    private static string OrNone(IReadOnlyList<string> shown, int all) =>
        all == 0 ? "None"
        : all <= Most && shown.Count == all ? string.Join(", ", shown)
        : shown.Count == 0 ? $"{all}"
        : $"{string.Join(", ", shown.Take(Most - 1))} and {all - Math.Min(shown.Count, Most - 1)} more";

    private static string Arrow(string before, string after) => $"{OrNothing(before)} → {OrNothing(after)}";

    private static string OrNothing(string text) => text.Length > 0 ? Printable.Line(text) : "none";
}
