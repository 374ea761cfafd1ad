using System.Text;
using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Journal;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Features;

/// <summary>Hosts that another run has locked.</summary>
[TestFixture]
internal sealed class LockTests : FourHosts
{
    [Test]
    public async Task A_locked_host_is_refused_and_the_sentence_names_who_holds_it_since_when_and_its_number()
    {
        await LockAsync("samsung");

        var result = await DeployAsync();

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
            Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Blocked));
            Assert.That(Of(result, "samsung").Problem!.Message, Does.Contain("run other-run of elsewhere:7 since ").And.Contain("lock 1)").And.Contain("--break-lock"));
            Assert.That(Of(result, "p620").Status, Is.EqualTo(HostStatus.Deployed));
        });
    }

    [Test]
    public async Task A_lock_is_broken_only_when_a_person_asks_for_it_and_the_journal_says_whose()
    {
        await LockAsync("samsung");

        var result = await DeployAsync(new DeploymentRequest { BreakLock = true });

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Deployed));
        Assert.That(File.ReadAllText(Path.Combine(result.Folder.Logs, "samsung.log")), Does.Contain("BROKE the lock of run other-run of elsewhere:7"));
    }

    [Test]
    public async Task A_lock_of_a_run_that_this_machine_knows_to_be_dead_is_taken_over_and_that_is_said()
    {
        await LockAsync("samsung", controller: Died());
        await using var coordinator = Coordinator();

        var plan = await coordinator.PlanAsync(new DeploymentRequest(), CancellationToken.None);
        var result = await (await coordinator.StartAsync(plan, CancellationToken.None)).Completion;

        Assert.That(plan.Warnings, Has.Some.Contains("samsung").And.Contains("other-run"));
        Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Deployed), Of(result, "samsung").Problem?.Message);
        Assert.That(await File.ReadAllTextAsync(Path.Combine(result.Folder.Logs, "samsung.log")), Does.Contain("took over the lock of run other-run"));
    }

    [Test]
    public async Task A_lock_of_a_run_that_lives_or_of_another_machines_is_not_taken_over()
    {
        var file = StateFolder.Open(State).Run("other-run").Controller;
        await LockAsync("samsung", controller: Died());
        await using (new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.That(Of(await DeployAsync(new DeploymentRequest { Hosts = "samsung" }), "samsung").Status, Is.EqualTo(HostStatus.Blocked));
        }

        File.Delete(file);
        Assert.That(Of(await DeployAsync(new DeploymentRequest { Hosts = "samsung" }), "samsung").Status, Is.EqualTo(HostStatus.Blocked), "nobody knows this run");
        Died();
        await LockAsync("p510");
        Assert.That(Of(await DeployAsync(new DeploymentRequest { Hosts = "p510" }), "p510").Status, Is.EqualTo(HostStatus.Blocked), "another machine's");
    }

    [Test]
    public async Task A_lock_is_waited_for_until_it_comes_free()
    {
        var (session, transaction) = await LockAsync("samsung");
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanAsync(new DeploymentRequest { WaitLock = TimeSpan.FromMinutes(1) }, CancellationToken.None);
        var run = await coordinator.StartAsync(plan, CancellationToken.None);
        await foreach (var recorded in run.EventsAsync(0, CancellationToken.None))
        {
            if (recorded.Event is LockAwaited awaited)
            {
                Assert.That(awaited.Holder, Does.Contain("other-run"));
                await session.ReleaseAsync(transaction, CancellationToken.None);
            }
        }

        Assert.That(Of(await run.Completion, "samsung").Status, Is.EqualTo(HostStatus.Deployed));
    }

    [Test]
    public async Task A_host_whose_guard_is_at_work_could_not_go_back_now_and_it_is_told_whose_it_is()
    {
        await DeployAsync(new DeploymentRequest { Hosts = "samsung" });
        var (session, transaction) = await LockAsync("samsung");
        await session.ActivateAsync(new ActivationRequest(transaction, RandomFleets.Toplevel("samsung"), new Host(HostName.Parse("samsung")).Target.Profile), CancellationToken.None);

        var (code, said) = await TellAsync(c => c.VerifyRollbackAsync("samsung"));

        Assert.That(code, Is.EqualTo(ExitCodes.Refused));
        Assert.That(said, Does.Contain("it is locked by run other-run of elsewhere:7 since ").And.Contain("its guard is at work): try again when it is released").And.Not.Contain("could not be started"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Where_the_other_run_deploys_the_same_system_the_host_is_deployed_and_makes_no_second_generation(bool fails)
    {
        Fleet["hosts"]!["samsung"]!["health-checks"] = new JArray(new JObject { ["service"] = "web", ["timeout"] = 0.1, ["interval"] = 0.05 });
        var (session, transaction) = await LockAsync("samsung", fails ? SimulatedFailure.Health : null);
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanAsync(new DeploymentRequest { Hosts = "samsung", WaitLock = TimeSpan.FromMinutes(1) }, CancellationToken.None);
        var run = await coordinator.StartAsync(plan, CancellationToken.None);
        await foreach (var recorded in run.EventsAsync(0, CancellationToken.None))
        {
            if (recorded.Event is LockAwaited)
            {
                await session.ImportAsync((copy, token) => copy.WriteAsync(Encoding.ASCII.GetBytes($"{RandomFleets.Toplevel("samsung")}\n"), token).AsTask(), CancellationToken.None);
                await session.ActivateAsync(new ActivationRequest(transaction, RandomFleets.Toplevel("samsung"), new Host(HostName.Parse("samsung")).Target.Profile), CancellationToken.None);
                await session.CommitAsync(transaction, CancellationToken.None);
            }
        }

        var samsung = Of(await run.Completion, "samsung");
        Assert.That((samsung.Status, samsung.Problem?.Code), Is.EqualTo(fails ? (HostStatus.RollbackFailed, "ND0609") : (HostStatus.Deployed, (string?)null)));
        Assert.That(await StandingAsync("samsung"), Is.EqualTo((RandomFleets.Toplevel("samsung"), 2)));
    }

    [Test]
    public async Task A_lock_that_does_not_come_free_in_time_refuses_the_host()
    {
        await LockAsync("samsung");

        var result = await DeployAsync(new DeploymentRequest { WaitLock = TimeSpan.FromSeconds(3) });

        Assert.That(Of(result, "samsung").Problem!.Code, Is.EqualTo("ND0602"));
        Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Blocked));
    }

    [Test]
    public async Task Nobody_waits_for_a_lock_in_a_run_that_is_stopped()
    {
        await LockAsync("samsung");
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanAsync(new DeploymentRequest { Hosts = "samsung", WaitLock = TimeSpan.FromHours(1) }, CancellationToken.None);
        var run = await coordinator.StartAsync(plan, CancellationToken.None);
        await foreach (var recorded in run.EventsAsync(0, CancellationToken.None))
        {
            if (recorded.Event is LockAwaited)
            {
                await run.StopAsync();
            }
        }

        Assert.That(Of(await run.Completion.WaitAsync(TimeSpan.FromMinutes(1)), "samsung").Problem!.Code, Is.EqualTo("ND0602"));
    }

    [Test]
    public async Task Nobody_waits_for_a_lock_in_a_run_that_is_rolled_back()
    {
        await LockAsync("samsung");
        Simulation("razer")["fail"] = "activate";

        var result = await DeployAsync(new DeploymentRequest { WaitLock = TimeSpan.FromHours(1), MaxFailures = new FailureBudget(0, null) }).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.That(Of(result, "p620").Status, Is.EqualTo(HostStatus.RolledBack));
        Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Blocked));
    }

    [Test]
    public void A_time_that_cannot_be_waited_is_refused() => Assert.That(
        () => DeployAsync(new DeploymentRequest { WaitLock = TimeSpan.FromSeconds(-1) }),
        Throws.InstanceOf<UsageException>().With.Property("Code").EqualTo("ND0241").And.Message.Contains("--wait-lock"));

    [TestCase(0, "0 s")]
    [TestCase(119, "119 s")]
    [TestCase(300, "5 min")]
    [TestCase(10800, "3 h")]
    public void A_holder_is_told_with_its_age(int seconds, string age)
    {
        var since = new DateTimeOffset(2025, 1, 15, 15, 30, 0, TimeSpan.Zero);
        Assert.That(new HostLock("r1", "c:1", since, 9).Describe(since.AddSeconds(seconds)), Is.EqualTo($"run r1 of c:1 since 2025-01-15 15:30:00Z ({age}; lock 9)"));
    }

    /// <summary>Leaves behind what a run of this machine does whose controller was killed.</summary>
    private string Died()
    {
        var folder = StateFolder.Open(State).Run("other-run");
        Directory.CreateDirectory(folder.Path);
        File.WriteAllText(folder.Controller, "");
        return $"{Environment.MachineName}:7";
    }

    private async Task<(IHostSession Session, Transaction Transaction)> LockAsync(string host, SimulatedFailure? fail = null, string controller = "elsewhere:7")
    {
        var described = new Host(HostName.Parse(host)) { Simulation = new SimulationSettings { Fail = fail }, CriticalServices = ["web"] };
        var session = await new SimulatedTransport(State, TimeProvider.System).ConnectAsync(described, CancellationToken.None);
        var request = new PrepareRequest("other-run", controller, RandomFleets.Toplevel(host), described.Target.Profile);
        return (session, (await session.PrepareAsync(request, [], CancellationToken.None)).Transaction!);
    }
}
