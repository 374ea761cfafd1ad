using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Hosts;

namespace NixDeploy.Tests.Health;

public sealed class PreflightTests
{
    private const string Run = "run-1";

    private static readonly Host Web = new(HostName.Parse("web1")) { CriticalServices = ["db"] };

    private static readonly HostState Fine = new() { StoreFreeBytes = 1 << 30, Units = [new("db.service", "loaded", "active", "running", 0)] };

    [Test]
    public void Nothing_stands_in_the_way() => Assert.That(Preflight.Check(Fine, Web, Run), Is.Null);

    [Test]
    public void All_obstacles_are_told()
    {
        var problem = Preflight.Check(Fine with { Obstacles = ["there is no systemd", "the store is read-only"] }, Web, Run);

        Assert.That(problem, Is.EqualTo(new Problem("ND0810", "web1: nothing can be deployed to this host: there is no systemd; the store is read-only.")));
    }

    [Test]
    public void A_lock_of_another_run_names_holder_time_and_run()
    {
        var held = Fine with { Lock = new HostLock("run-0", "laptop:42", new DateTimeOffset(2025, 1, 15, 16, 30, 0, TimeSpan.FromHours(1)), 7) };

        Assert.That(Preflight.Check(held, Web, Run), Is.EqualTo(
            new Problem("ND0811", "web1: run run-0 of laptop:42 holds the host's lock since 2025-01-15 15:30:00Z.")));
        Assert.That(Preflight.Check(held, Web, "run-0"), Is.Null, "one's own lock");
        Assert.That(Preflight.Check(held, Web, Run, breakLock: true), Is.Null);
    }

    [TestCase("loaded", "failed", "db.service (failed)")]
    [TestCase("not-found", "inactive", "db.service (not found)")]
    public void A_critical_service_must_be_active_before(string load, string active, string words)
    {
        var problem = Preflight.Check(Fine with { Units = [new("db.service", load, active, "", 0)] }, Web, Run);

        Assert.That(problem?.Code, Is.EqualTo("ND0812"));
        Assert.That(problem?.Message, Does.Contain(words));
    }

    [TestCase(0, 0, 0, false)]
    [TestCase(1, 0, 0, true)]
    [TestCase(100, 60, 40, false)]
    [TestCase(101, 60, 40, true)]
    public void There_must_be_more_space_than_what_is_copied_and_reserved(long free, long copy, long reserve, bool enough) =>
        Assert.That(Preflight.Check(Fine with { StoreFreeBytes = free }, Web, Run, copy, reserve)?.Code, Is.EqualTo(enough ? null : "ND0813"));
}
