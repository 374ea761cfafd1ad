using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Tests;

[TestFixture]
internal sealed class DeploymentRequestTests
{
    private static readonly ImmutableSortedDictionary<string, int> NoLimits = ImmutableSortedDictionary<string, int>.Empty;

    private static IEnumerable<TestCaseData> OutOfRange =>
    [
        new(new DeploymentRequest { ParallelLimit = 0 }, "--parallel-limit: 0 is out of range; expected a whole number of at least 1."),
        new(new DeploymentRequest { CopyLimit = -1 }, "--copy-limit: -1 "),
        new(new DeploymentRequest { TagLimits = NoLimits.Add("db", 0) }, "--tag-limits: db:0 "),
        new(new DeploymentRequest { TagLimits = NoLimits.Add("a b", 1) }, "--tag-limits: a b:1 "),
        new(new DeploymentRequest { CanaryHosts = new(0, null) }, "--canary: 0 is out of range; expected a whole number of at least 1, or a share above 0% and up to 100%, such as '10%'."),
        new(new DeploymentRequest { CanaryHosts = new(null, 100.5) }, "--canary: 100.5% "),
        new(new DeploymentRequest { CanaryHosts = new(null, double.NaN) }, "--canary: NaN% "),
        new(new DeploymentRequest { CanaryHosts = new(1, 1) }, "--canary: 1 "),
        new(new DeploymentRequest { CanaryTag = "" }, "--canary-tag: "),
        new(new DeploymentRequest { Bake = TimeSpan.FromSeconds(-1) }, "--bake: -1 is out of range; expected a number of seconds from 0 to 2592000."),
        new(new DeploymentRequest { Bake = TimeSpan.FromDays(31) }, "--bake: 2678400 "),
        new(new DeploymentRequest { ApprovalTimeout = TimeSpan.Zero }, "--approval-timeout: 0 "),
        new(new DeploymentRequest { WaitLock = TimeSpan.FromSeconds(-1) }, "--wait-lock: -1 "),
        new(new DeploymentRequest { DiskReserveBytes = -1 }, "--disk-reserve: "),
        new(new DeploymentRequest { Mode = (ActivationMode)9 }, "--mode: "),
        new(new DeploymentRequest { Waves = [new(1, null), new(null, 0)] }, "--waves: 1,0% "),
        new(new DeploymentRequest { Waves = [new(2, null), new(null, 10), new(2, null)] }, "--waves: 2,10%,2 is out of range; expected waves that grow: 2 is no more than a wave before it."),
        new(new DeploymentRequest { MaxFailures = new(-1, null) }, "--max-failures: -1 "),
        new(new DeploymentRequest { MaxFailures = new(null, 101) }, "--max-failures: 101% "),
        new(new DeploymentRequest { MaxFailures = new(null, null) }, "--max-failures: % "),
    ];

    [TestCaseSource(nameof(OutOfRange))]
    public void An_override_that_is_out_of_range_is_refused(DeploymentRequest request, string message) => Assert.That(
        () => request.Over(new FleetSettings()),
        Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0241").And.Message.StartsWith(message));

    [TestCase(RebootPolicy.Always, ActivationMode.Test, "--reboot=always and --mode=test exclude each other")]
    [TestCase(RebootPolicy.IfNeeded, ActivationMode.DryActivate, "--reboot=if-needed and --mode=dry-activate exclude each other")]
    public void A_reboot_into_what_is_gone_then_is_refused(RebootPolicy reboot, ActivationMode mode, string message) => Assert.That(
        () => new DeploymentRequest { Reboot = reboot, Mode = mode }.Over(new FleetSettings()),
        Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0212").And.Message.StartsWith(message).And.Message.Contains("Remove --reboot"));

    [TestCase(RebootPolicy.Always, ActivationMode.Boot)]
    [TestCase(RebootPolicy.IfNeeded, ActivationMode.Switch)]
    [TestCase(RebootPolicy.Never, ActivationMode.Test)]
    [TestCase(null, ActivationMode.DryActivate)]
    public void A_reboot_into_what_stays_or_none_is_fine_whatever_the_fleet_says(RebootPolicy? reboot, ActivationMode mode) => Assert.That(
        () => new DeploymentRequest { Reboot = reboot, Mode = mode }.Over(new FleetSettings { Reboot = RebootPolicy.Always }), Throws.Nothing);

    [Test]
    public void An_override_replaces_what_the_fleet_says()
    {
        var fleet = new FleetSettings { TagLimits = NoLimits.Add("a", 1).Add("b", 2), Canary = new CanarySettings { Tag = "t", Bake = TimeSpan.FromSeconds(3) } };
        Assert.That(new DeploymentRequest().Over(fleet), Is.EqualTo(fleet));
        Assert.That(
            new DeploymentRequest { CopyLimit = 8, TagLimits = NoLimits.Add("b", 5), CanaryHosts = new(null, 10), Waves = [new(1, null), new(null, 50)], Bake = TimeSpan.Zero }.Over(fleet),
            Is.EqualTo(new FleetSettings
            {
                CopyLimit = 8,
                TagLimits = NoLimits.Add("a", 1).Add("b", 5),
                Canary = new CanarySettings { Hosts = new(null, 10), Tag = "t", Waves = [new(1, null), new(null, 50)], Bake = TimeSpan.Zero },
            }));
    }

    /// <summary><c>request ?? host ?? fleet ?? default</c>.</summary>
    [TestCase(null, null, null, RebootPolicy.Never)]
    [TestCase(null, null, RebootPolicy.Always, RebootPolicy.Always)]
    [TestCase(null, RebootPolicy.Never, RebootPolicy.Always, RebootPolicy.Never)]
    [TestCase(RebootPolicy.IfNeeded, RebootPolicy.Never, RebootPolicy.Always, RebootPolicy.IfNeeded)]
    [TestCase(RebootPolicy.Never, RebootPolicy.Always, RebootPolicy.Always, RebootPolicy.Never)]
    public void The_nearest_value_holds(RebootPolicy? request, RebootPolicy? host, RebootPolicy? fleet, RebootPolicy expected)
    {
        var asked = new DeploymentRequest { Reboot = request };
        var settings = new FleetSettings { HealthWindow = TimeSpan.FromSeconds(7), Reboot = fleet ?? RebootPolicy.Never };
        var merged = asked.Over(new Host(HostName.Parse("a")) { Reboot = host }, asked.Over(settings));
        Assert.That((merged.Reboot, merged.HealthWindow, merged.HealthCheckTimeout), Is.EqualTo((expected, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(120))));
    }

    [Test]
    public void A_limit_on_a_tag_that_no_host_has_is_refused()
    {
        var host = new Host(HostName.Parse("a")) { Tags = ["db"] };
        var fleet = new Fleet("fleet", new FleetSettings(), ImmutableSortedDictionary<HostName, Host>.Empty.Add(host.Name, host));
        Assert.That(() => RequestRanges.CheckTags(new DeploymentRequest { TagLimits = NoLimits.Add("db", 1) }, fleet), Throws.Nothing);
        Assert.That(
            () => RequestRanges.CheckTags(new DeploymentRequest { TagLimits = NoLimits.Add("bd", 1) }, fleet),
            Throws.TypeOf<UsageException>().With.Message.EqualTo("--tag-limits names 'bd', and no host of fleet has that tag (did you mean 'db'?)."));
    }
}
