using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;

namespace NixDeploy.Tests.Health;

public sealed class PreflightTests
{
    private const long MiB = 1 << 20;

    private static readonly Host Web = new(HostName.Parse("web1")) { CriticalServices = ["db"] };

    private static readonly HostState Fine = new() { StoreFreeBytes = 1 << 30, BootFreeBytes = 100 * MiB, Units = [new("db.service", "loaded", "active", "running", 0)] };

    private static readonly DateTimeOffset Noon = new(2025, 1, 15, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Nothing_stands_in_the_way()
    {
        Assert.That(Preflight.Obstacles(Fine, Web), Is.Empty);
        Assert.That(Preflight.Validation(Fine, Web, PreflightNeeds.Unknown), Is.Empty);
    }

    [Test]
    public void All_obstacles_are_told()
    {
        var problems = Preflight.Obstacles(Fine with { Obstacles = ["there is no systemd", "the store is read-only"] }, Web);

        Assert.That(problems, Is.EqualTo(new[] { new Problem("ND0810", "web1: nothing can be deployed to this host: there is no systemd; the store is read-only.") }));
    }

    [Test]
    public void A_lock_of_another_run_names_holder_time_and_run()
    {
        var held = Fine with { Lock = new HostLock("run-0", "laptop:42", new DateTimeOffset(2025, 1, 15, 16, 30, 0, TimeSpan.FromHours(1)), 7) };

        Assert.That(Preflight.Obstacles(held, Web), Is.EqualTo(
            new[] { new Problem("ND0811", "web1: it is locked by run run-0 of laptop:42 since 2025-01-15 15:30:00Z (0 s; lock 7); wait for it with --wait-lock=SECONDS, or break it with --break-lock when it is orphaned.") }));
    }

    [TestCase("loaded", "failed", "db.service (failed)")]
    [TestCase("loaded", "inactive", "db.service (inactive)")]
    [TestCase("masked", "inactive", "db.service (inactive)")]
    public void A_critical_service_must_be_active_before(string load, string active, string words)
    {
        var problem = Preflight.Validation(Fine with { Units = [new("db.service", load, active, "", 0)] }, Web, PreflightNeeds.Unknown).Single();

        Assert.That(problem.Code, Is.EqualTo("ND0812"));
        Assert.That(problem.Message, Does.Contain(words));
    }

    [Test]
    public void A_critical_service_that_is_new_need_not_be_there_before() =>
        Assert.That(Preflight.Validation(Fine with { Units = [new("db.service", "not-found", "inactive", "dead", 0)] }, Web, PreflightNeeds.Unknown), Is.Empty);

    [TestCase(0, 0, 0, false)]
    [TestCase(1, 0, 0, true)]
    [TestCase(100, 60, 40, false)]
    [TestCase(101, 60, 40, true)]
    public void There_must_be_more_space_than_what_is_copied_and_reserved(long free, long copy, long reserve, bool enough) =>
        Assert.That(
            Preflight.Validation(Fine with { StoreFreeBytes = free }, Web, new PreflightNeeds(copy, 0, reserve)).Select(p => p.Code),
            Is.EqualTo(enough ? [] : new[] { "ND0813" }));

    [TestCase(40, 40, false)]
    [TestCase(41, 40, true)]
    [TestCase(0, 0, false)]
    [TestCase(1, 0, true)]
    public void Boot_must_have_room_for_a_new_kernel_and_its_entry(long free, long needed, bool enough) =>
        Assert.That(
            Preflight.Validation(Fine with { BootFreeBytes = free * MiB }, Web, new PreflightNeeds(0, needed * MiB, 0)).Select(p => p.Code),
            Is.EqualTo(enough ? [] : new[] { "ND0814" }));

    [Test]
    public void Everything_is_told_at_once_and_with_numbers()
    {
        var problems = Preflight.Validation(Fine with { Units = [], StoreFreeBytes = 700 * MiB, BootFreeBytes = 5 * MiB }, Web, new PreflightNeeds(300 * MiB, 30 * MiB, 512 * MiB));

        Assert.That(problems.AsEnumerable().Aggregate((a, b) => a.And(b)).ToString(), Is.EqualTo(
            "ND0812: web1: before anything was deployed, a critical service is not active: db.service (not asked). "
            + "ND0813: web1: /nix/store has 700 MiB free; 300 MiB to copy and 512 MiB in reserve (disk-reserve) need more. "
            + "ND0814: web1: /boot has 5 MiB free; the new system's boot entry needs 31 MiB: remove old generations, or set boot.loader.systemd-boot.configurationLimit."));
    }

    [TestCase(-3600, "its clock is 3599 s behind this machine's")]
    [TestCase(3600, "its clock is 3598 s ahead of this machine's")]
    public void A_clock_that_is_off_is_warned_of(int off, string words) =>
        Assert.That(Preflight.Clock(Fine with { Clock = Noon.AddSeconds(off) }, Web, Noon, Noon.AddSeconds(2), TimeSpan.FromSeconds(60)), Does.Contain(words));

    [Test]
    public void A_clock_is_not_blamed_for_the_way_to_the_host() => Gen.Select(Gen.Double[0, 30], Gen.Double[0, 30], Gen.Double[-60, 60]).Sample((there, back, off) =>
    {
        // The host reads its clock when the question is there, and tells whole seconds.
        var told = DateTimeOffset.FromUnixTimeSeconds(Noon.AddSeconds(there + off).ToUnixTimeSeconds());
        Assert.That(Preflight.Clock(Fine with { Clock = told }, Web, Noon, Noon.AddSeconds(there + back), TimeSpan.FromSeconds(60)), Is.Null);
    }, iter: 1000);
}
