using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Reporting.Plans;
using static NixDeploy.Tests.Reporting.Model.Sample;

namespace NixDeploy.Tests.Reporting.Plans;

internal sealed class ChangeViewTests
{
    private static readonly SystemChanges Packages = new()
    {
        Counts = new ChangeCounts { PackagesAdded = 3, PackagesRemoved = 1, Etc = 1 },
        Packages = [new("a", PackageChangeKind.Added, [], ["1"])],
        Etc = new ItemChanges { Changed = ["nginx.conf"] },
        ClosureBytesBefore = 1_200_000_000,
        ClosureBytesAfter = 1_300_000_000,
        BytesToCopy = 45_000_000,
    };

    private static readonly SystemChanges NewKernel = new()
    {
        Kernel = new ValueChange("linux-6.12.1", "linux-6.12.2"),
        Initrd = true,
        KernelModules = true,
    };

    [Test]
    public void Changes_are_shown_as_specified()
    {
        var plan = PlanOf(Change(P620, 1) with { Changes = Packages }, Change(Razer, 1) with { Changes = NewKernel }) with
        {
            Skipped = [new SkippedHost(P510, SystemRef.Unknown), new SkippedHost(Samsung, SystemRef.Unknown)],
        };

        Assert.That(Write(plan), Is.EqualTo(
            """
            p510:  UNCHANGED (skip deployment)
            p620:  CHANGED (4 packages, 1 config)
            razer: CHANGED (kernel update)
            samsung: UNCHANGED (skip deployment)

            p620:
              - System packages: +3, -1 (net +2)
              - Service changes: nginx.conf modified
              - Kernel changes: None
              - User changes: None
              - Closure: 1.2 GB → 1.3 GB, 45 MB to copy

            razer:
              - System packages: None
              - Service changes: None
              - Kernel changes: 6.12.1 → 6.12.2
              - User changes: None
              - Closure: 0 B → 0 B, 0 B to copy

            Recommendation: Deploy p620 and razer only

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void Every_kind_of_change_has_its_line_and_its_place()
    {
        var changes = new SystemChanges
        {
            Counts = new ChangeCounts { PackagesUpgraded = 7, PackagesDowngraded = 1, PackagesVaried = 1, Units = 3, Users = 2 },
            Packages =
            [
                new("new", PackageChangeKind.Added, [], ["1"]), .. Enumerable.Range(1, 7).Select(i => new PackageChange($"p{i}", PackageChangeKind.Upgraded, ["1"], ["2"])),
                new("q", PackageChangeKind.Downgraded, ["2", "3"], ["1"]), new("v", PackageChangeKind.Varied, [], ["1"]),
            ],
            Initrd = true,
            KernelParams = new ValueChange("quiet", ""),
            NixosVersion = new ValueChange("25.05", "25.11"),
            Units = new ItemChanges { Added = ["b.service"], Removed = ["c.timer"], Changed = ["a.service"] },
            Users = new ItemChanges { Added = ["alice"], Removed = ["bob"] },
            DryActivation = new DryActivation
            {
                Restart = ["a.service"],
                Stop = ["c.timer"],
                Keep = ["d.service"],
                RestartsSystemd = true,
                SwapOff = ["/dev/vda2"],
                FailedCheck = "no",
            },
        };

        Assert.That(ChangeWords.Summary(changes), Is.EqualTo("initrd update, kernel parameters, 9 packages, 3 services, 2 users"));
        Assert.That(ChangeWords.Details(changes), Is.EqualTo(new[]
        {
            "System packages: None",
            "Package versions: 7 upgraded, 1 downgraded, 1 in other versions (p1 1 → 2, p2 1 → 2, p3 1 → 2, p4 1 → 2, p5 1 → 2 and 4 more)",
            "Service changes: a.service modified, b.service added, c.timer removed",
            "Kernel changes: initrd, parameters quiet → none",
            "User changes: +alice, -bob",
            "NixOS version: 25.05 → 25.11",
            "Closure: 0 B → 0 B, 0 B to copy",
            "Will stop: c.timer",
            "Will restart: a.service",
            "Changed, but not restarted: d.service",
            "systemd itself is restarted",
            "Swap is turned off: /dev/vda2",
            "Its own check before a switch fails: no",
        }));
    }

    [Test]
    public void What_cannot_be_seen_is_said_too()
    {
        Assert.That(ChangeWords.Summary(new SystemChanges { Counts = new() { Rebuilt = 3 } }), Is.EqualTo("rebuilt"));
        Assert.That(ChangeWords.Summary(new SystemChanges()), Is.EqualTo("nothing visible differs"));
        Assert.That(ChangeWords.Summary(new SystemChanges { NixosVersion = new("1", "2") }), Is.EqualTo("NixOS 2"));
        Assert.That(Write(PlanOf(Change(P620, 1))), Does.Contain("p620:  CHANGED (not compared)\n").And.EndsWith("Recommendation: Deploy p620\n"));
    }

    [Test]
    public void Hosts_with_the_same_changes_share_a_block_and_a_cut_list_says_how_many_there_are()
    {
        var cut = Packages with { Counts = Packages.Counts with { Etc = 40 } };
        var text = Write(PlanOf(Change(P620, 1) with { Changes = cut }, Change(Razer, 1) with { Changes = cut }));
        Assert.That(text, Does.Contain("\np620, razer:\n  - System").And.Contain("nginx.conf modified and 39 more\n").And.EndsWith("Recommendation: Deploy all 2 hosts\n"));
    }

    [Test]
    public void A_host_that_cannot_be_asked_is_unknown_and_nothing_is_nothing()
    {
        var plan = PlanOf() with
        {
            Blocked = [new BlockedHost(Razer, new Problem("ND0513", "no\u001b[31m answer"), null), new BlockedHost(Samsung, new Problem("ND0513", "x"), Razer)],
        };
        Assert.That(Write(plan), Is.EqualTo("razer: UNKNOWN (ND0513: no answer)\nsamsung: BLOCKED (waits for razer)\n\nRecommendation: Nothing to deploy\n"));
    }

    [Test]
    public void Hostile_names_do_not_steer_the_terminal()
    {
        const string hostile = "a\u001b[31m\n\u202eb";
        var changes = new SystemChanges
        {
            Counts = new ChangeCounts { PackagesUpgraded = 1, Units = 1, Etc = 1, Users = 1 },
            Packages = [new(hostile, PackageChangeKind.Upgraded, [hostile], [hostile])],
            Kernel = new ValueChange(hostile, "x"),
            KernelParams = new ValueChange("x", hostile),
            NixosVersion = new ValueChange(hostile, hostile),
            Units = new ItemChanges { Added = [hostile] },
            Etc = new ItemChanges { Added = [hostile] },
            Users = new ItemChanges { Added = [hostile] },
            DryActivation = new DryActivation { Restart = [hostile], Keep = [hostile], SwapOff = [hostile], FailedCheck = hostile },
        };
        Assert.That(ChangeWords.Details(changes).Append(ChangeWords.Summary(changes)), Is.All.Matches<string>(l => !l.Any(c => char.IsControl(c) || c == '\u202e')));
    }

    private static string Write(DeploymentPlan plan) => string.Concat(ChangeView.Lines(plan).Select(l => l.Text + "\n"));
}
