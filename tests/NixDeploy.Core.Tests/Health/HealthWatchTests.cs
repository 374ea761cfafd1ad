using System.Globalization;
using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Health;

public sealed class HealthWatchTests
{
    private static readonly HealthRequest Minute = new() { Window = TimeSpan.FromSeconds(60), Timeout = TimeSpan.FromSeconds(120) };

    private ScriptedSession session = null!;
    private readonly List<CheckReading> readings = [];
    private int connections;
    private Func<bool> reachable = () => true;
    private VirtualTime time = null!;

    [SetUp]
    public void Begin()
    {
        time = new VirtualTime();
        session = new ScriptedSession();
        readings.Clear();
        connections = 0;
        reachable = () => true;
    }

    [TearDown]
    public async Task End() => await session.DisposeAsync();

    [Test]
    public void Without_a_window_one_look_at_the_failed_units_is_enough()
    {
        var verdict = Watch(Minute with { Window = TimeSpan.Zero });

        Assert.That(verdict, Is.EqualTo(new HealthVerdict(true, null)));
        Assert.That(session.Commands, Is.EqualTo(1));
        Assert.That(Elapsed, Is.Zero);
    }

    [TestCase("backup", "backup.service", true)]
    [TestCase("container@*", "container@web.service", true)]
    [TestCase("mnt-tape\\x2d1.mount", "mnt-tape\\x2d1.mount", true)]
    [TestCase("backup", "backup-web.service", false)]
    public void A_unit_that_may_fail_is_told_and_not_held_against_the_host(string mayFail, string failed, bool healthy)
    {
        session.FailedUnits = () => [failed];

        var verdict = Watch(Minute with { Window = TimeSpan.Zero, MayFail = [UnitName.Pattern(mayFail)] });

        Assert.That(verdict.Healthy, Is.EqualTo(healthy));
        Assert.That(readings[^1].Detail, Does.Contain(failed));
    }

    [Test]
    public void The_log_of_a_failed_unit_begins_with_the_activation()
    {
        session.FailedUnits = () => ["new.service"];

        Watch(Minute with { LogsSince = DateTimeOffset.FromUnixTimeMilliseconds(1795474862250) });

        Assert.That(session.Asked[^1], Does.Contain(" --since=@1795474862.250000 "));
    }

    [Test]
    public void Newly_failed_units_fail_a_host_without_checks_and_show_their_logs()
    {
        session.FailedUnits = () => ["old.service", "new.service"];
        session.Program = (_, _) => new CommandResult(0, "starting\nno such file\n", "");

        var problem = Watch(Minute with { FailedBefore = ["old.service"] }).Problem!;

        Assert.That(problem.Code, Is.EqualTo("ND0803"));
        Assert.That(problem.Message, Does.Contain("new.service is failed and was not before"));
        Assert.That(problem.Units.Single().Unit, Is.EqualTo("new.service"));
        Assert.That(problem.Units.Single().Log, Is.EqualTo(new[] { "starting", "no such file" }));
        Assert.That(session.Asked[^1], Is.EqualTo("journalctl -u new.service --boot -n 20 -o cat --no-pager"));
    }

    [Test]
    public void Units_that_were_failed_before_are_no_failure() =>
        Assert.That(Healthy(() => session.FailedUnits = () => ["old.service"], Minute with { FailedBefore = ["old.service"] }));

    [Test]
    public void A_check_whose_reference_cannot_be_resolved_is_not_measured_and_costs_no_connection()
    {
        var verdict = Watch(Minute with { Timeout = TimeSpan.FromSeconds(10) }, new HealthCheck.Http(new ValueReference.Environment("NIXDEPLOY_NOT_SET")));

        Assert.That(verdict.Problem!.Code, Is.EqualTo("ND0802"));
        Assert.That(readings.Select(r => r.Outcome), Has.Some.EqualTo(CheckOutcome.CouldNotMeasure));
        Assert.That(readings.Select(r => r.Detail), Has.None.EndsWith("."));
        Assert.That(connections, Is.EqualTo(1));
    }

    [Test]
    public void Services_must_stay_active_for_the_whole_window_and_are_asked_in_one_round_trip()
    {
        Assert.That(Watch(Minute, Service("web"), Service("db.service")).Healthy);

        Assert.That(Elapsed, Is.EqualTo(60));
        Assert.That(session.Asked, Has.Count.EqualTo(61));
        Assert.That(session.Asked.Where((_, second) => second % 5 == 0), Is.All.EqualTo("inspect web.service db.service"), "which units have failed too, and once more at the end");
        Assert.That(session.Asked.Where((_, second) => second % 5 != 0), Is.All.EqualTo("units web.service db.service"));
    }

    [Test]
    public void A_look_that_takes_longer_than_the_window_does_not_keep_it_from_ending()
    {
        var looks = 0;
        session.Tcp = async (_, _, token) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(90), time, token);
            return ++looks < 10 ? Stream.Null : throw new InvalidOperationException("It goes on for ever.");
        };

        Assert.That(Watch(Minute, new HealthCheck.Tcp("localhost", 80)).Healthy);
        Assert.That(looks, Is.EqualTo(2));
    }

    [Test]
    public void A_window_of_zero_needs_one_round_trip()
    {
        Assert.That(Watch(Minute with { Window = TimeSpan.Zero }, Service("web")).Healthy);
        Assert.That(session.Commands, Is.EqualTo(1));
    }

    [Test]
    public void A_unit_that_is_still_activating_is_waited_for_and_then_watched()
    {
        session.Unit = name => Elapsed < 30 ? new(name, "loaded", "activating", "start", 0) : new(name, "loaded", "active", "running", 0);

        Assert.That(Watch(Minute, Service("web")).Healthy);
        Assert.That(Elapsed, Is.EqualTo(90));
        Assert.That(readings.Where(r => r.Check == "service web").Select(r => r.Outcome), Is.EqualTo(new[] { CheckOutcome.Failed, CheckOutcome.Passed }));
    }

    [Test]
    public void A_service_that_is_not_up_in_time_has_failed()
    {
        session.Unit = name => new(name, "loaded", "activating", "auto-restart", 7);

        var problem = Watch(Minute, Service("web")).Problem!;

        Assert.That(problem.Message, Is.EqualTo("web1: the check 'service web' failed until its time was up: web.service is activating (auto-restart)."));
        Assert.That(Elapsed, Is.EqualTo(120));
    }

    [Test]
    public void The_start_up_may_be_given_less_time_than_a_look()
    {
        session.Unit = name => new(name, "loaded", "activating", "start", 0);

        Assert.That(Watch(Minute with { StartUp = TimeSpan.FromSeconds(5) }, Service("web")).Problem?.Code, Is.EqualTo("ND0801"));
        Assert.That(Elapsed, Is.EqualTo(5));
    }

    [TestCase("loaded", "failed", "failed", "web.service is failed")]
    [TestCase("not-found", "inactive", "dead", "the host has no unit web.service")]
    public void What_cannot_get_better_fails_at_once(string load, string active, string sub, string words)
    {
        session.Unit = name => new(name, load, active, sub, 0);

        var problem = Watch(Minute, Service("web")).Problem!;

        Assert.That(problem.Message, Does.Contain(words));
        Assert.That(problem.Units.Select(u => u.Unit), Is.EqualTo(new[] { "web.service" }));
        Assert.That(Elapsed, Is.Zero);
    }

    [Test]
    public void A_service_that_dies_within_the_window_has_failed()
    {
        session.Unit = name => Elapsed < 5 ? new(name, "loaded", "active", "running", 0) : new(name, "loaded", "inactive", "dead", 0);

        Assert.That(Watch(Minute, Service("web")).Problem?.Message, Does.EndWith("web.service is inactive (dead)."));
        Assert.That(Elapsed, Is.EqualTo(5));
    }

    [Test]
    public void A_service_that_flaps_between_two_looks_is_found_out()
    {
        session.Unit = name => new(name, "loaded", "active", "running", Elapsed < 20 ? 3 : 5);

        Assert.That(Watch(Minute, Service("web")).Problem?.Message, Does.EndWith("web.service restarted 2 times."));
    }

    [Test]
    public void A_service_that_somebody_restarts_is_found_out_too()
    {
        session.Unit = name => new(name, "loaded", "active", "running", 0) { Invocation = Elapsed < 20 ? "a1" : "b2" };

        Assert.That(Watch(Minute, Service("web")).Problem?.Message, Does.EndWith("web.service was restarted meanwhile."));
        Assert.That(Elapsed, Is.EqualTo(20));
    }

    [Test]
    public void What_was_started_again_before_it_was_up_belongs_to_its_start()
    {
        session.Unit = name => new(name, "loaded", Elapsed < 3 ? "activating" : "active", "running", 0) { Invocation = Elapsed < 3 ? "a1" : "b2" };

        Assert.That(Watch(Minute, Service("web")).Healthy);
    }

    [Test]
    public void A_oneshot_that_has_exited_is_up() =>
        Assert.That(Healthy(() => session.Unit = name => new(name, "loaded", "active", "exited", 0), Minute, Service("once")));

    [Test]
    public void A_unit_without_a_check_that_fails_within_the_window_is_seen_within_seconds()
    {
        session.FailedUnits = () => Elapsed < 10 ? [] : ["other.service"];

        Assert.That(Watch(Minute, Service("web")).Problem?.Code, Is.EqualTo("ND0803"));
        Assert.That(Elapsed, Is.EqualTo(10));
    }

    [Test]
    public void What_could_not_be_measured_for_a_while_is_measured_again()
    {
        session.Unit = name => Elapsed is > 10 and < 60
            ? throw new HostException("ND0531", "web1: units did not end within 30 s.")
            : new(name, "loaded", "active", "running", 0);

        Assert.That(Watch(Minute, Service("web")).Healthy);
        Assert.That(readings.Where(r => r.Check == "service web").Select(r => r.Outcome),
            Is.EqualTo(new[] { CheckOutcome.Passed, CheckOutcome.CouldNotMeasure, CheckOutcome.Passed }));
    }

    [Test]
    public void What_cannot_be_measured_within_its_timeout_fails_the_host()
    {
        session.Unit = name => Elapsed < 10 ? new(name, "loaded", "active", "running", 0) : throw new HostException("ND0530", "web1: the connection broke during units.");

        var problem = Watch(Minute, Service("web") with { Timeout = TimeSpan.FromSeconds(15) }).Problem!;

        Assert.That(problem.Code, Is.EqualTo("ND0802"));
        Assert.That(problem.Message, Is.EqualTo("web1: the check 'service web' could not be measured for 15 s: web1: the connection broke during units."));
        Assert.That(Elapsed, Is.EqualTo(25));
    }

    [Test]
    public void What_could_not_be_measured_is_measured_again_over_a_fresh_connection()
    {
        session.Unit = name => connections == 1 && Elapsed > 10
            ? throw new HostException("ND0530", "web1: the connection broke during units.")
            : new(name, "loaded", "active", "running", 0);

        Assert.That(Watch(Minute, Service("web")).Healthy);
        Assert.That(connections, Is.EqualTo(2));
    }

    [Test]
    public void A_host_that_can_be_reached_again_in_time_is_well()
    {
        reachable = () => Elapsed >= 30;

        Assert.That(Watch(Minute, Service("web")).Healthy);
        Assert.That(Elapsed, Is.EqualTo(90));
        Assert.That(readings[0], Is.EqualTo(new CheckReading("service web", CheckOutcome.CouldNotMeasure, "web1: it did not answer")));
    }

    [Test]
    public void A_host_that_cannot_be_reached_could_not_be_measured()
    {
        reachable = () => false;

        var problem = Watch(Minute, Service("web"), new HealthCheck.Tcp("localhost", 80)).Problem!;

        Assert.That(problem.Message, Is.EqualTo("web1: the check 'service web' could not be measured for 120 s: web1: it did not answer."));
        Assert.That(connections, Is.EqualTo(121), "once a round, however many checks there are");
    }

    [Test]
    public void Within_the_grace_of_a_start_nothing_counts_until_it_has_passed()
    {
        session.Unit = name => Elapsed < 8 ? new(name, "loaded", "failed", "failed", 0) : new(name, "loaded", "active", "running", 2);
        session.FailedUnits = () => Elapsed < 8 ? ["web.service"] : [];

        Assert.That(Watch(Minute with { StartUp = TimeSpan.FromSeconds(10) }, Service("web")).Healthy);
        Assert.That(Elapsed, Is.EqualTo(68));
    }

    [TestCase(6, "web.service is failed", TestName = "The_grace_ends")]
    [TestCase(3, "web.service restarted once", TestName = "The_grace_ends_when_it_has_passed")]
    public void The_grace_of_one_check_ends(int up, string words)
    {
        session.Unit = name => Elapsed < up ? new(name, "loaded", "failed", "failed", 0) : new(name, "loaded", "active", "running", Elapsed < 4 ? 0 : 1);

        var problem = Watch(Minute, Service("web") with { StartUp = TimeSpan.FromSeconds(5) }).Problem!;

        Assert.That(problem.Message, Does.Contain(words));
        Assert.That(Elapsed, Is.EqualTo(up == 6 ? 5 : 4));
    }

    [Test]
    public void No_grace_lets_anything_pass_that_never_passed() => Gen.Select(Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[1, 60]).Sample((grace, up, window) =>
    {
        Begin();
        session.Unit = name => Elapsed < up ? new(name, "loaded", "failed", "failed", 0) : new(name, "loaded", "active", "running", 0);

        var verdict = Watch(Minute with { StartUp = TimeSpan.FromSeconds(grace), Window = TimeSpan.FromSeconds(window) }, Service("web"));

        Assert.That(verdict.Healthy, Is.EqualTo(up == 0 || up <= grace));
        Assert.That(Elapsed, Is.EqualTo(verdict.Healthy ? up + window : grace));
    }, iter: 200, threads: 1);

    [Test]
    public void A_host_that_cannot_even_tell_its_failed_units_is_not_healthy()
    {
        session.FailedUnits = () => throw new HostException("ND0530", "web1: the connection broke during inspect.");

        Assert.That(Watch(Minute).Problem?.Code, Is.EqualTo("ND0802"));
        Assert.That(Elapsed, Is.EqualTo(120));
    }

    [Test]
    public void Every_check_has_its_own_interval()
    {
        Watch(Minute, new HealthCheck.Command(["check-it"]) { Interval = TimeSpan.FromSeconds(20) }, Service("web") with { Interval = TimeSpan.FromSeconds(30) });

        Assert.That(session.Asked.Count(a => a == "check-it"), Is.EqualTo(4));
        Assert.That(session.Asked.Count(a => a.EndsWith("web.service", StringComparison.Ordinal)), Is.EqualTo(3));
    }

    [Test]
    public void A_long_interval_does_not_sleep_through_the_time_to_come_up()
    {
        session.Unit = name => new(name, "loaded", Elapsed < 5 ? "activating" : "active", "running", 0);

        Assert.That(Watch(Minute, Service("web") with { Interval = TimeSpan.FromMinutes(10) }).Healthy);
        Assert.That(Elapsed, Is.EqualTo(120), "half of the 120 s that it has to come up, and the window");
    }

    [Test]
    public void With_a_long_interval_too_the_last_look_comes_when_the_time_is_up()
    {
        session.Unit = name => new(name, "loaded", "activating", "start", 0);

        Assert.That(Watch(Minute, Service("web") with { Interval = TimeSpan.FromMinutes(10) }).Problem!.Message, Does.Contain("failed until its time was up"));
        Assert.That(Elapsed, Is.EqualTo(120));
        Assert.That(session.Asked.Count(a => a.EndsWith("web.service", StringComparison.Ordinal)), Is.LessThan(12));
    }

    [Test]
    public void With_a_long_interval_too_what_could_not_be_measured_at_first_is_measured_again_in_time()
    {
        reachable = () => Elapsed >= 5;

        Assert.That(Watch(Minute, Service("web") with { Interval = TimeSpan.FromMinutes(10) }).Healthy);
        Assert.That(Elapsed, Is.EqualTo(120));
    }

    [Test]
    public void A_host_that_is_away_when_its_window_ends_is_asked_again_with_a_pause()
    {
        var asked = 0;
        session.Unit = name => Elapsed is >= 50 and < 70 && ++asked < 1000 ? throw new HostException("ND0530", "web1: the connection broke.") : new(name, "loaded", "active", "running", 0);

        Assert.That(Watch(Minute, Service("web") with { Interval = TimeSpan.FromSeconds(50) }).Healthy);
        Assert.That(Elapsed, Is.EqualTo(70));
        Assert.That(asked, Is.LessThan(50));
    }

    [Test]
    public void One_look_tells_of_every_check_and_asks_again_only_what_could_not_be_measured()
    {
        session.Unit = name => new(name, "loaded", "inactive", "dead", 0);
        session.Program = (arguments, _) => arguments[0] switch
        {
            "gone" => new CommandResult(127, "", "not found"),
            _ => new CommandResult(0, "", ""),
        };
        session.FailedUnits = () => ["old.service"];

        var found = time.Run(() => new HealthWatch(time).CheckOnceAsync(
            Connect, HostWith(Service("web"), new HealthCheck.Command(["gone"]), new HealthCheck.Command(["fine"])), new HealthRequest(), default));

        Assert.That(found, Is.EqualTo(new CheckReading[]
        {
            new("service web", CheckOutcome.Failed, "web.service is inactive (dead)"),
            new("command gone", CheckOutcome.CouldNotMeasure, "the host cannot run 'gone' (not found)"),
            new("command fine", CheckOutcome.Passed, "exit code 0"),
            new("failed units", CheckOutcome.Failed, "old.service is failed and was not before"),
        }));
        Assert.That(session.Asked, Is.EqualTo(new[] { "inspect web.service", "gone", "fine", "gone" }));
    }

    [Test]
    public void Slow_checks_that_are_looked_at_one_after_the_other_have_their_whole_time_each()
    {
        ProgramsTake();

        Assert.That(Watch(Minute with { Window = TimeSpan.FromSeconds(2) }, Slow(8), Slow(7), Slow(11)).Healthy, () => string.Join('\n', readings));
    }

    [Test]
    public void A_check_that_comes_up_late_behind_a_slow_one_has_what_was_left_of_its_time()
    {
        ProgramsTake(seconds => seconds == 3 && Elapsed < 12);

        Assert.That(Watch(Minute with { Window = TimeSpan.FromSeconds(2) }, Slow(10), Slow(3)).Healthy, () => string.Join('\n', readings));
    }

    [Test]
    public void One_look_gives_every_check_its_whole_time()
    {
        ProgramsTake();

        var found = time.Run(() => new HealthWatch(time).CheckOnceAsync(Connect, HostWith(Slow(13), Slow(11), Slow(11), Slow(11)), new HealthRequest(), default));

        Assert.That(found.Select(f => f.Outcome), Is.EqualTo(new[] { CheckOutcome.Failed, CheckOutcome.Passed, CheckOutcome.Passed, CheckOutcome.Passed, CheckOutcome.Passed }));
        Assert.That(found[0].Detail, Is.EqualTo("did not end within 12 s"));
    }

    [Test]
    public void A_host_that_does_not_answer_is_unknown_and_not_unhealthy()
    {
        reachable = () => false;

        var found = time.Run(() => new HealthWatch(time).CheckOnceAsync(Connect, HostWith(Service("web")), new HealthRequest(), default));

        Assert.That(new HostHealth(HostName.Parse("web1"), found).Outcome, Is.EqualTo(CheckOutcome.CouldNotMeasure));
        Assert.That(connections, Is.EqualTo(2));
    }

    [Test]
    public void Giving_up_is_not_a_verdict()
    {
        using var gone = new CancellationTokenSource(TimeSpan.FromSeconds(10), time);

        Assert.That(
            () => time.Run(() => new HealthWatch(time).WatchAsync(Connect, HostWith(Service("web")), Minute, Observe, gone.Token)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Critical_services_are_watched_too() =>
        Assert.That(new Host(HostName.Parse("web1")) { CriticalServices = ["db"] } is var host
            && time.Run(() => new HealthWatch(time).WatchAsync(Connect, host, Minute, Observe, default)).Healthy
            && session.Asked.Contains("units db.service"));

    private Task<IHostSession> Connect(CancellationToken cancellationToken)
    {
        connections++;
        return reachable() ? Task.FromResult<IHostSession>(session) : Task.FromException<IHostSession>(new HostException("ND0513", "web1: it did not answer."));
    }

    private double Elapsed => time.GetElapsedTime(0).TotalSeconds;

    /// <summary>Programs sleep, as <see cref="Slow"/> has them, under <c>timeout</c>; some fail at once instead.</summary>
    private void ProgramsTake(Func<int, bool>? fails = null)
    {
        session.Pause = (arguments, deadline) => fails?.Invoke(Seconds(arguments)) == true
            ? Task.CompletedTask
            : Task.Delay(TimeSpan.FromSeconds(Math.Min(Seconds(arguments), deadline.TotalSeconds)), time);
        session.Program = (arguments, deadline) => new CommandResult(
            fails?.Invoke(Seconds(arguments)) == true ? 1 : Seconds(arguments) > deadline.TotalSeconds ? 124 : 0, "", "");

        static int Seconds(IReadOnlyList<string> arguments) => int.Parse(arguments[1], CultureInfo.InvariantCulture);
    }

    private static HealthCheck.Command Slow(int seconds) =>
        new(["sleep", seconds.ToString(CultureInfo.InvariantCulture)]) { Timeout = TimeSpan.FromSeconds(12) };

    private static HealthCheck.Service Service(string unit) => new(unit);

    private static Host HostWith(params HealthCheck[] checks) => new(HostName.Parse("web1")) { HealthChecks = [.. checks] };

    private HealthVerdict Watch(HealthRequest request, params HealthCheck[] checks) =>
        time.Run(() => new HealthWatch(time).WatchAsync(Connect, HostWith(checks), request, Observe, default));

    private bool Healthy(Action arrange, HealthRequest request, params HealthCheck[] checks)
    {
        arrange();
        return Watch(request, checks).Healthy;
    }

    private ValueTask Observe(CheckReading reading)
    {
        readings.Add(reading);
        return ValueTask.CompletedTask;
    }
}
