using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.Hosts;
using NixDeploy.Planning;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution;

/// <summary>A host on trial that cannot be asked for a while.</summary>
internal sealed class TriedWatchTests
{
    private static readonly StorePath Target = SimulatedSystem.Path("web-new");

    private readonly List<CheckObserved> told = [];
    private SimulatedFleet fleet = null!;
    private VirtualTime time = null!;

    [SetUp]
    public void Begin()
    {
        told.Clear();
        time = new VirtualTime();
        fleet = new SimulatedFleet(time).Add("web", h => h with { HealthChecks = [new HealthCheck.Service("main") { Timeout = TimeSpan.FromSeconds(100) }] });
    }

    [Test]
    public void It_is_asked_again_over_a_fresh_connection_and_well()
    {
        fleet["web"].FailAt(HostStep.Connect, SimulatedFault.LoseConnection, occurrence: 2, times: 5);

        var (verdict, ended) = Watch(guard: TimeSpan.FromMinutes(5));

        Assert.That(ended, Is.Null);
        Assert.That(verdict!.Healthy);
        Assert.That(told.Select(t => (t.Passed, t.Measured)), Does.Contain((false, false)).And.Contain((true, true)));
    }

    [Test]
    public void Its_old_system_does_not_pass_for_the_new_one_when_the_guard_has_taken_it_back_meanwhile()
    {
        fleet["web"].FailAt(HostStep.Connect, SimulatedFault.LoseConnection, occurrence: 2, times: 30);

        var (verdict, ended) = Watch(guard: TimeSpan.FromSeconds(20));

        Assert.That(verdict, Is.Null);
        Assert.That(ended!.Phase, Is.EqualTo(TransactionPhase.Restored));
        Assert.That(told.Where(t => t.Passed), Is.Empty);
    }

    [Test]
    public void One_that_stays_silent_could_not_be_measured()
    {
        fleet["web"].FailAt(HostStep.Connect, SimulatedFault.LoseConnection, occurrence: 2, times: -1);

        var (verdict, _) = Watch(guard: TimeSpan.FromSeconds(20));

        Assert.That(verdict!.Problem!.ToString(), Does.StartWith("ND0802: web: the check 'service main' could not be measured for 100 s: "));
    }

    [TestCase(5, 99, "service main' failed: main.service is inactive", TestName = "A_simulated_service_that_dies_is_found_out")]
    [TestCase(99, 5, "service main' failed: main.service restarted once", TestName = "A_simulated_service_that_flaps_is_found_out")]
    public void A_simulated_unit_may_do_as_it_likes(int dies, int flaps, string words)
    {
        fleet["web"].Unit = unit => unit with { Active = Elapsed < dies ? "active" : "inactive", Restarts = Elapsed < flaps ? 0 : 1 };

        Assert.That(Watch(guard: TimeSpan.FromMinutes(5)).Verdict!.Problem!.Message, Does.Contain(words));
    }

    private double Elapsed => time.GetElapsedTime(0).TotalSeconds;

    private (HealthVerdict? Verdict, TransactionState? Ended) Watch(TimeSpan guard) => time.Run(async () =>
    {
        var host = fleet["web"].Description;
        await using var sessions = new HostSessions(_ => fleet.Transport);
        Transaction transaction;
        await using (var session = await fleet.Transport.ConnectAsync(host, default))
        {
            var prepared = await session.PrepareAsync(new PrepareRequest("run", "test:1", Target, host.Target.Profile), [Target], default);
            await session.ImportAsync((stream, token) => fleet.Transport.Store.ExportAsync(prepared.Missing, stream, token), default);
            transaction = prepared.Transaction!;
            await session.TryAsync(new TryRequest(transaction, Target, host.Target.Profile) { Guard = guard }, default);
        }

        var run = new RunContext
        {
            Run = "run",
            Controller = "test:1",
            Fleet = fleet.ToFleet(),
            Sessions = sessions,
            Store = fleet.Transport.Store,
            RootsFolder = "",
            Emit = happened =>
            {
                told.Add((CheckObserved)happened);
                return Task.CompletedTask;
            },
            Log = (_, _) => { },
            Time = time,
        };
        var plan = new HostPlan(host.Name, SystemRef.Unknown, Target, [], TimeSpan.FromSeconds(10), guard);
        return await new TriedWatch(run, plan, host, new HostLink(sessions, host)).WatchAsync(transaction, default);
    });
}
