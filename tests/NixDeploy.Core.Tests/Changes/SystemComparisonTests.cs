using CsCheck;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using static NixDeploy.Tests.Changes.ContentsGen;

namespace NixDeploy.Tests.Changes;

internal sealed class SystemComparisonTests
{
    [Test]
    public void Packages_come_go_and_change_their_versions()
    {
        var changes = Compare(
            Of("gone-1", "up-1.9", "down-2", "many-1", "many-2", "same-3", "system-path", "outputs-1", "outputs-1-bin"),
            Of("new-1", "up-1.10", "down-1", "many-2", "many-3", "many-1.5", "same-3", "system-path", "outputs-1"));

        Assert.Multiple(() =>
        {
            Assert.That(changes.Packages.Select(Text), Is.EqualTo(new[]
            {
                "down Downgraded 2 > 1", "gone Removed 1 > ", "many Upgraded 1 > 1.5 3", "new Added  > 1", "up Upgraded 1.9 > 1.10",
            }));
            Assert.That(
                changes.Counts,
                Is.EqualTo(new ChangeCounts { PackagesAdded = 1, PackagesRemoved = 1, PackagesUpgraded = 2, PackagesDowngraded = 1 }));
            Assert.That(changes.Counts.Packages, Is.EqualTo(5));
        });
    }

    [Test]
    public void What_targets_want_from_now_on_is_told()
    {
        static SystemContents Wanting(params string[] units) => Of("a-1") with { Wanted = [.. units] };

        Assert.That(Compare(Wanting("a.service", "b.timer"), Wanting("b.timer", "d@1.service", "c.service")).Wanted, Is.EqualTo(new[] { "c.service", "d@1.service" }));
    }

    [Test]
    public void A_package_whose_newest_version_stays_has_only_varied() =>
        Assert.That(Compare(Of("a-2", "a-1"), Of("a-2")).Packages.Select(Text), Is.EqualTo(new[] { "a Varied 1 > " }));

    [Test]
    public void A_new_path_of_a_name_that_lost_one_is_rebuilt()
    {
        var changes = Compare(Of("a:hello-1", "a:other"), Of("b:hello-1", "a:other", "b:another"));
        Assert.That(changes.Counts, Is.EqualTo(new ChangeCounts { Rebuilt = 1 }));
        Assert.That(changes.Packages, Is.Empty);
    }

    [Test]
    public void The_kernel_is_told_as_the_kernel_and_not_as_packages()
    {
        static SystemContents With(string version) => Of($"linux-{version}", $"initrd-linux-{version}", $"linux-{version}-modules") with
        {
            Kernel = PathOf($"linux-{version}"),
            Initrd = PathOf($"initrd-linux-{version}"),
            KernelModules = PathOf($"linux-{version}-modules"),
        };

        var changes = Compare(With("6.12.1"), With("6.12.2"));

        Assert.Multiple(() =>
        {
            Assert.That(changes.Kernel, Is.EqualTo(new ValueChange("linux-6.12.1", "linux-6.12.2")));
            Assert.That(changes.Initrd && changes.KernelModules);
            Assert.That(changes.Packages, Is.Empty);
        });
    }

    [Test]
    public void Bytes_to_copy_are_those_of_the_paths_that_the_host_lacks()
    {
        var after = Of("a-1", "b-1", "c-1");
        var changes = SystemComparison.Compare(Of("a-1"), after, [PathOf("b-1"), PathOf("c-1")]);
        Assert.That((changes.ClosureBytesBefore, changes.ClosureBytesAfter, changes.BytesToCopy, changes.PathsToCopy), Is.EqualTo((1, 3, 2, 2)));
    }

    [Test]
    public void One_way_round_mirrors_the_other() => Gen.Select(Contents, Contents).Sample((a, b) =>
        Assert.That(Json(Mirror(Compare(a, b))), Is.EqualTo(Json(Compare(b, a)))));

    [Test]
    public void Nothing_differs_from_itself() => Contents.Sample(a =>
    {
        var changes = Compare(a, a);
        Assert.That(Json(changes), Is.EqualTo(Json(new SystemChanges { ClosureBytesBefore = changes.ClosureBytesBefore, ClosureBytesAfter = changes.ClosureBytesBefore })));
    });

    [Test]
    public void Trimmed_lists_are_short_and_the_counts_exact() => Gen.Select(Contents, Contents, Gen.Int[0, 3]).Sample((a, b, most) =>
    {
        var whole = Compare(a, b);
        var trimmed = whole.Trimmed(most);
        int Entries(SystemChanges c) => c.Packages.Length + c.Units.All.Count() + c.Etc.All.Count() + c.Users.All.Count();
        Assert.That(trimmed.Counts, Is.EqualTo(whole.Counts));
        Assert.That(Entries(trimmed) + trimmed.Omitted, Is.EqualTo(Entries(whole)));
        Assert.That(trimmed.Packages, Has.Length.LessThanOrEqualTo(most));
        Assert.That(Json(trimmed.Trimmed(most)), Is.EqualTo(Json(trimmed)));
    });

    private static SystemChanges Compare(SystemContents before, SystemContents after) => SystemComparison.Compare(before, after, []);

    private static string Text(PackageChange p) => $"{p.Name} {p.Kind} {string.Join(' ', p.Before)} > {string.Join(' ', p.After)}";

    private static string Json(SystemChanges changes) => JsonFormat.Write(changes);

    private static SystemChanges Mirror(SystemChanges changes) => changes with
    {
        Counts = changes.Counts with
        {
            PackagesAdded = changes.Counts.PackagesRemoved,
            PackagesRemoved = changes.Counts.PackagesAdded,
            PackagesUpgraded = changes.Counts.PackagesDowngraded,
            PackagesDowngraded = changes.Counts.PackagesUpgraded,
        },
        Packages = [.. changes.Packages.Select(p => new PackageChange(p.Name, Mirror(p.Kind), p.After, p.Before))],
        NixosVersion = Mirror(changes.NixosVersion),
        Kernel = Mirror(changes.Kernel),
        KernelParams = Mirror(changes.KernelParams),
        Units = Mirror(changes.Units),
        Etc = Mirror(changes.Etc),
        Users = Mirror(changes.Users),
        ClosureBytesBefore = changes.ClosureBytesAfter,
        ClosureBytesAfter = changes.ClosureBytesBefore,
    };

    private static PackageChangeKind Mirror(PackageChangeKind kind) => kind switch
    {
        PackageChangeKind.Added => PackageChangeKind.Removed,
        PackageChangeKind.Removed => PackageChangeKind.Added,
        PackageChangeKind.Upgraded => PackageChangeKind.Downgraded,
        PackageChangeKind.Downgraded => PackageChangeKind.Upgraded,
        _ => kind,
    };

    private static ValueChange? Mirror(ValueChange? value) => value is null ? null : new ValueChange(value.After, value.Before);

    private static ItemChanges Mirror(ItemChanges items) => items with { Added = items.Removed, Removed = items.Added };
}
