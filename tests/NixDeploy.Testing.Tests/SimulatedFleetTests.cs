using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Testing.Tests;

public sealed class SimulatedFleetTests
{
    private static readonly StorePath New = SimulatedSystem.Path("web1-new");

    private VirtualTime time = null!;

    [SetUp]
    public void Begin() => time = new VirtualTime();

    [Test]
    public void A_host_takes_the_time_that_its_description_says()
    {
        var fleet = Fleet(new SimulationSettings { Copy = TimeSpan.FromSeconds(20), Activate = TimeSpan.FromSeconds(5) });

        var elapsed = time.Run(async () =>
        {
            var began = time.GetTimestamp();
            await TryAsync(fleet);
            return time.GetElapsedTime(began);
        });

        Assert.That(elapsed, Is.EqualTo(TimeSpan.FromSeconds(25)));
    }

    [Test]
    public void A_guard_that_expires_during_the_activation_stops_it()
    {
        var fleet = Fleet(new SimulationSettings { Activate = TimeSpan.FromMinutes(5) });

        var tried = time.Run(() => TryAsync(fleet)).Tried;

        Assert.That(tried.Outcome, Is.EqualTo(ActivationOutcome.Failed));
        Assert.That(fleet["web1"].Transaction?.Reason, Is.EqualTo(TransactionReason.Deadline));
        Assert.That(time.GetElapsedTime(0), Is.EqualTo(TimeSpan.FromMinutes(2)));
    }

    [Test]
    public void An_answer_lost_at_commit_is_a_commit_all_the_same()
    {
        var fleet = Fleet();
        fleet["web1"].FailAt(HostStep.Commit, SimulatedFault.LoseAnswer);

        var transaction = time.Run(() => TryAsync(fleet)).Transaction;

        Assert.That(() => time.Run(() => CommitAsync(fleet, transaction)), Throws.InstanceOf<HostException>());
        Assert.That(fleet["web1"].BootDefault, Is.EqualTo(New));
        Assert.That(time.Run(() => CommitAsync(fleet, transaction)).Phase, Is.EqualTo(TransactionPhase.Committed));
    }

    [Test]
    public void A_connection_lost_at_commit_leaves_the_host_to_its_guard()
    {
        var fleet = Fleet();
        var old = fleet["web1"].CurrentSystem;
        fleet["web1"].FailAt(HostStep.Commit, SimulatedFault.LoseConnection, times: -1);

        var transaction = time.Run(() => TryAsync(fleet)).Transaction;
        Assert.That(() => time.Run(() => CommitAsync(fleet, transaction)), Throws.InstanceOf<HostException>());
        Assert.That(fleet["web1"].CurrentSystem, Is.EqualTo(New), "still on trial");
        time.Run(async () =>
        {
            await Task.Delay(TimeSpan.FromMinutes(3), time);
            return 0;
        });

        Assert.That(fleet["web1"].CurrentSystem, Is.EqualTo(old));
    }

    [Test]
    public void A_power_cut_while_trying_boots_the_old_system()
    {
        var fleet = Fleet();
        var old = fleet["web1"].CurrentSystem;
        var transaction = time.Run(() => TryAsync(fleet)).Transaction;

        fleet["web1"].PowerCycle();

        Assert.That(fleet["web1"].CurrentSystem, Is.EqualTo(old));
        Assert.That(fleet["web1"].Lock, Is.Null);
        Assert.That(time.Run(() => CommitAsync(fleet, transaction)).Phase, Is.EqualTo(TransactionPhase.RevertedByReboot));
    }

    [Test]
    public void A_frozen_host_gives_an_error_at_the_deadline()
    {
        var fleet = Fleet();
        fleet["web1"].FailAt(HostStep.Inspect, SimulatedFault.Freeze);

        var error = Assert.Throws<HostException>(() => time.Run(async () =>
        {
            await using var session = await fleet.Transport.ConnectAsync(fleet["web1"].Description, default);
            return await session.InspectAsync([], default);
        }));

        Assert.That(error!.Code, Is.EqualTo("ND0531"));
        Assert.That(time.GetElapsedTime(0), Is.EqualTo(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public void Without_a_guard_a_try_is_a_switch()
    {
        var fleet = Fleet();

        time.Run(() => TryAsync(fleet, guard: false));

        Assert.That(fleet["web1"].BootDefault, Is.EqualTo(New));
        Assert.That(fleet["web1"].Transaction?.Phase, Is.EqualTo(TransactionPhase.Committed));
        Assert.That(fleet["web1"].Lock, Is.Null);
    }

    [Test]
    public void A_system_that_cannot_be_left_makes_the_restore_fail()
    {
        var fleet = Fleet();
        fleet.Transport.Describe(New, new SimulatedSystem { CannotBeLeft = true });
        var transaction = time.Run(() => TryAsync(fleet)).Transaction;

        var state = time.Run(async () =>
        {
            await using var session = await fleet.Transport.ConnectAsync(fleet["web1"].Description, default);
            return await session.RollBackAsync(transaction, default);
        });

        Assert.That(state.Phase, Is.EqualTo(TransactionPhase.RollbackFailed));
        Assert.That(state.CurrentSystem, Is.EqualTo(New));
    }

    [Test]
    public void A_system_that_needs_a_reboot_activates_nothing_and_the_guard_is_done()
    {
        var fleet = Fleet();
        var old = fleet["web1"].CurrentSystem;
        fleet.Transport.Describe(New, new SimulatedSystem { NeedsReboot = true });

        var (transaction, tried) = time.Run(() => TryAsync(fleet));

        Assert.That(tried.Outcome, Is.EqualTo(ActivationOutcome.NeedsReboot));
        Assert.That(fleet["web1"].CurrentSystem, Is.EqualTo(old));
        Assert.That(fleet["web1"].Lock, Is.Null);
        Assert.That(time.Run(() => CommitAsync(fleet, transaction)).Reason, Is.EqualTo(TransactionReason.NotActivated));
    }

    [Test]
    public void A_try_whose_answer_was_lost_is_waited_for_by_asking_again()
    {
        var fleet = Fleet(new SimulationSettings { Activate = TimeSpan.FromSeconds(30) });
        fleet["web1"].FailAt(HostStep.Try, SimulatedFault.LoseAnswer);
        Assert.That(() => time.Run(() => TryAsync(fleet)), Throws.InstanceOf<HostException>());
        var holder = fleet["web1"].Lock!;

        var tried = time.Run(async () =>
        {
            await using var session = await fleet.Transport.ConnectAsync(fleet["web1"].Description, default);
            return await session.ActivateAsync(new ActivationRequest(new Transaction(holder.Run, holder.Fence), New, fleet["web1"].Description.Target.Profile), default);
        });

        Assert.That(tried.Outcome, Is.EqualTo(ActivationOutcome.Activated));
        Assert.That(time.GetElapsedTime(0), Is.EqualTo(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public void A_guard_at_work_is_not_interrupted_by_breaking_its_lock()
    {
        var fleet = Fleet();
        time.Run(() => TryAsync(fleet));

        var refused = time.Run(async () =>
        {
            await using var session = await fleet.Transport.ConnectAsync(fleet["web1"].Description, default);
            return await session.PrepareAsync(new PrepareRequest("run-2", "test:2", New, "profile") { BreakLock = true }, [], default);
        });

        Assert.That(refused.Transaction, Is.Null);
        Assert.That(refused.HeldBy?.Run, Is.EqualTo("run-1"));
    }

    [TestCase(SimulatedFailure.Unreachable, "ND0513")]
    [TestCase(SimulatedFailure.Copy, "ND0421")]
    public void Hosts_that_are_told_to_fail_do_so_every_time(SimulatedFailure failure, string code)
    {
        var fleet = Fleet(new SimulationSettings { Fail = failure });

        for (var i = 0; i < 2; i++)
        {
            Assert.That(Assert.Throws<HostException>(() => time.Run(() => TryAsync(fleet, run: "run-1")))!.Code, Is.EqualTo(code));
        }
    }

    [Test]
    public void A_build_that_is_told_to_fail_fails_for_its_host_alone()
    {
        var fleet = Fleet(new SimulationSettings { Fail = SimulatedFailure.Build, Build = TimeSpan.FromSeconds(3) }).Add("web2");
        var results = new List<BuildResult>();

        time.Run(async () =>
        {
            await fleet.Transport.Store.RealiseAsync(fleet.Systems("new"), "", results.Add, (_, _) => { }, default);
            return 0;
        });

        Assert.That(results.OrderBy(r => r.Host).Select(r => r.Problem?.Code), Is.EqualTo(new[] { "ND0590", null }));
        Assert.That(time.GetElapsedTime(0), Is.EqualTo(TimeSpan.FromSeconds(3)));
    }

    [Test]
    public void Thousands_of_hosts_cost_little_and_are_counted()
    {
        var fleet = new SimulatedFleet(time);
        for (var i = 0; i < 2000; i++)
        {
            fleet.Add($"h{i}", h => h with { Simulation = new() { Activate = TimeSpan.FromSeconds(10) } });
        }

        time.Run(async () =>
        {
            await Task.WhenAll(fleet.ToFleet().Hosts.Keys.Select(async name =>
            {
                var (transaction, _) = await TryAsync(fleet, host: name.Value);
                await CommitAsync(fleet, transaction, name.Value);
            }));
            return 0;
        });

        Assert.Multiple(() =>
        {
            Assert.That(fleet.Transport.Activations.Max, Is.EqualTo(2000));
            Assert.That(fleet.Transport.Connections.Total, Is.EqualTo(4000));
            Assert.That(fleet.Transport.Connections.Current, Is.Zero);
            Assert.That(fleet.Transport.Steps.Count(s => s.Step == HostStep.Commit), Is.EqualTo(2000));
            Assert.That(time.GetElapsedTime(0), Is.EqualTo(TimeSpan.FromSeconds(10)));
        });
    }

    [Test]
    public void A_host_remembers_across_runs_what_was_deployed_to_it()
    {
        var folder = Directory.CreateTempSubdirectory("nixdeploy-test-").FullName;
        try
        {
            var transaction = time.Run(() => TryAsync(Fleet(folder: folder))).Transaction;
            time.Run(() => CommitAsync(Fleet(folder: folder), transaction));

            var again = Fleet(folder: folder)["web1"];

            Assert.That(again.CurrentSystem, Is.EqualTo(New));
            Assert.That(again.Generations.Select(g => g.Number), Is.EqualTo(new[] { 1, 2 }));
            var file = Path.Combine(folder, "simulated-hosts", "web1.json");
            Assert.That(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
            File.WriteAllText(file, "{ \"Current\": ");
            Assert.That(Assert.Throws<StateException>(() => _ = again.CurrentSystem)!.Message, Does.Contain(file));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private SimulatedFleet Fleet(SimulationSettings? simulation = null, string? folder = null) =>
        new SimulatedFleet(time, folder).Add("web1", h => h with { Simulation = simulation });

    private static async Task<(Transaction Transaction, ActivationResult Tried)> TryAsync(
        SimulatedFleet fleet, string host = "web1", string run = "run-1", bool guard = true)
    {
        var description = fleet[host].Description;
        var target = SimulatedSystem.Path(host + "-new");
        await using var session = await fleet.Transport.ConnectAsync(description, default);
        var prepared = await session.PrepareAsync(new PrepareRequest(run, "test:1", target, description.Target.Profile), [target], default);
        await session.ImportAsync((stream, token) => fleet.Transport.Store.ExportAsync(prepared.Missing, stream, token), default);
        var request = new ActivationRequest(prepared.Transaction!, target, description.Target.Profile);
        return (prepared.Transaction!, await session.ActivateAsync(guard ? request : request with { Guard = null }, default));
    }

    private static async Task<TransactionState> CommitAsync(SimulatedFleet fleet, Transaction transaction, string host = "web1")
    {
        await using var session = await fleet.Transport.ConnectAsync(fleet[host].Description, default);
        return await session.CommitAsync(transaction, default);
    }
}
