using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Tests;

/// <summary>Whole runs on simulated hosts: the same planner, executor and journal as for real ones.</summary>
[TestFixture]
internal sealed class DeploymentCoordinatorTests : FourHosts
{
    [Test]
    public async Task Everything_that_changed_is_deployed()
    {
        var result = await DeployAsync();
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Success));
            Assert.That(result.State.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Deployed));
            Assert.That(File.ReadAllText(result.Folder.Report), Does.Contain("p620").And.Contain("DEPLOYED"));
        });
    }

    [Test]
    public async Task A_question_is_answered_from_elsewhere_once_and_only_while_it_is_asked()
    {
        await using var coordinator = Coordinator();
        await using var elsewhere = Coordinator();
        Assert.That(() => elsewhere.ApproveAsync(null, "ann", default), Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0615"), "no run");
        var plan = await coordinator.PlanAsync(
            new DeploymentRequest { Strategy = "canary", Bake = TimeSpan.Zero, Approval = Approval.Required, Details = false }, default);
        var run = await coordinator.StartAsync(plan, default);
        await foreach (var happened in run.EventsAsync(0, default))
        {
            if (happened.Event is ApprovalRequested asked)
            {
                Assert.That(() => elsewhere.ApproveAsync("20000101-000000-0000", "ann", default), Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0615"));
                var pending = await elsewhere.ApproveAsync(run.Id, "ann", default);
                Assert.That(pending.Question.Prompt, Is.EqualTo(asked.Prompt));
            }
        }

        var result = await run.Completion;
        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Success));
        Assert.That(
            () => elsewhere.RejectAsync(run.Id, "bob", "", default),
            Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0616").And.Message.Contains("ended as Succeeded"));
    }

    [Test]
    public async Task One_coordinator_serves_several_callers_and_runs_read_nothing_of_the_fleet_any_more()
    {
        await using var coordinator = Coordinator();
        var plans = await Task.WhenAll(new[] { "p620", "samsung" }.Select(h => coordinator.PlanAsync(new DeploymentRequest { Hosts = h, Details = false })));
        File.Delete(Path.Combine(Folder, "fleet.json"));
        var results = await Task.WhenAll(plans.Select(async p => await (await coordinator.StartAsync(p)).Completion));
        Assert.That(plans.Select(p => p.Hosts.Single().Host.Value), Is.EqualTo(["p620", "samsung"]));
        Assert.That(results.Select(r => r.Outcome), Is.All.EqualTo(RunOutcome.Succeeded));
    }

    [Test]
    public async Task A_second_run_finds_everything_unchanged_with_one_connection_and_one_command_per_host()
    {
        await DeployAsync();
        var result = await DeployAsync();
        Assert.Multiple(() =>
        {
            Assert.That(result.State.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Skipped));
            Assert.That(result.State.Hosts.Values.Select(h => h.Connections), Is.All.EqualTo(1));
            Assert.That(result.State.Hosts.Values.Select(h => h.Commands), Is.All.EqualTo(1));
            Assert.That(result.State.Hosts.Values.Select(h => h.Generation), Is.All.EqualTo(2));
        });
    }

    [Test]
    public async Task A_changed_host_takes_two_connections()
    {
        var result = await DeployAsync();
        Assert.That(result.State.Hosts.Values.Select(h => h.Connections), Is.All.EqualTo(2));
    }

    [Test]
    public async Task A_host_whose_unit_fails_goes_back_and_its_dependents_are_not_touched()
    {
        Simulation("p620")["fail"] = "activate";
        var result = await DeployAsync();
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Failed));
            Assert.That(Of(result, "p620").Status, Is.EqualTo(HostStatus.RolledBack));
            Assert.That(Of(result, "p620").Problem!.Units, Is.Not.Empty);
            Assert.That(Of(result, "p510").Status, Is.EqualTo(HostStatus.Blocked));
            Assert.That(Of(result, "p510").Because?.Value, Is.EqualTo("p620"));
            Assert.That(Of(result, "p510").Commands, Is.EqualTo(2), "it was looked at and compared, and nothing else");
            Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Deployed));
        });
    }

    [Test]
    public async Task A_host_that_is_not_healthy_goes_back()
    {
        Fleet["hosts"]!["samsung"]!["health-checks"] = new JArray(new JObject { ["service"] = "web", ["timeout"] = 0.1, ["interval"] = 0.05 });
        Simulation("samsung")["fail"] = "health";
        var result = await DeployAsync();
        Assert.Multiple(() =>
        {
            Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.RolledBack));
            Assert.That(Of(result, "samsung").Generation, Is.EqualTo(1));
            Assert.That(Of(result, "p620").Status, Is.EqualTo(HostStatus.Deployed));
        });
    }

    [TestCase("unreachable")]
    [TestCase("build")]
    public async Task What_goes_wrong_before_anything_is_touched_refuses_that_host_and_its_dependents_only(string fault)
    {
        Simulation("p620")["fail"] = fault;
        var result = await DeployAsync(new DeploymentRequest { OnBuildFailure = OnBuildFailure.Continue });
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
            Assert.That(result.State.Hosts.Values.Count(h => h.Status == HostStatus.Blocked), Is.EqualTo(3));
            Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Deployed));
        });
    }

    [Test]
    public async Task A_copy_that_breaks_leaves_the_host_as_it_was()
    {
        Simulation("samsung")["fail"] = "copy";
        var result = await DeployAsync();
        Assert.Multiple(() =>
        {
            Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Failed));
            Assert.That(Of(result, "samsung").Ended, Is.True);
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Failed));
        });
    }

    [Test]
    public async Task A_second_failure_takes_the_whole_run_back()
    {
        Simulation("p510")["fail"] = "activate";
        Simulation("razer")["fail"] = "activate";
        var result = await DeployAsync();
        Assert.Multiple(() =>
        {
            Assert.That(result.State.Halted, Is.True);
            Assert.That(result.State.Hosts.Values.Select(h => h.Status), Is.All.AnyOf(HostStatus.RolledBack, HostStatus.Cancelled));
            Assert.That(Of(result, "p620").Generation, Is.EqualTo(1));
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Failed));
        });
    }

    [TestCase("rolling")]
    [TestCase("sequential")]
    public void Who_wants_to_go_on_after_a_failure_is_told_that_the_strategy_stops(string strategy)
    {
        Fleet["deployment-coordinator"]!["strategy"] = strategy;
        Assert.That(
            async () => await DeployAsync(new DeploymentRequest { OnFailure = OnFailure.Continue }),
            Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0212").And.Message.Contains($"the strategy {strategy} exclude each other: it stops at the first failure"));
    }

    [Test]
    public async Task Abort_starts_no_further_host_after_a_failure()
    {
        Simulation("p620")["fail"] = "activate";
        var result = await DeployAsync(new DeploymentRequest { Strategy = "sequential" });
        Assert.That(result.State.Hosts.Values.Where(h => h.Host.Value != "p620").Select(h => h.Status), Is.All.AnyOf(HostStatus.Blocked, HostStatus.Cancelled, HostStatus.Deployed));
    }

    [Test]
    public async Task A_rollback_goes_to_the_earlier_generation_and_makes_no_new_one()
    {
        await DeployAsync();
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanRollbackAsync("p620,razer", null, CancellationToken.None);
        var run = await coordinator.StartAsync(plan, CancellationToken.None);
        var result = await run.Completion;
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Success));
            Assert.That(result.State.Hosts.Keys.Select(h => h.Value), Is.EqualTo(new[] { "p620", "razer" }));
            Assert.That(result.State.Hosts.Values.Select(h => h.Generation), Is.All.EqualTo(1));
        });
    }

    [Test]
    public async Task Stopping_before_the_first_host_cancels_all()
    {
        using var stop = new CancellationTokenSource();
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanAsync(new DeploymentRequest(), CancellationToken.None);
        await stop.CancelAsync();
        var run = await coordinator.StartAsync(plan, stop.Token);
        var result = await run.Completion;
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Cancelled));
            Assert.That(result.State.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Cancelled));
        });
    }

    [Test]
    public async Task Planning_changes_nothing_and_leaves_nothing_behind()
    {
        await using (var coordinator = Coordinator())
        {
            await coordinator.PlanAsync(new DeploymentRequest(), CancellationToken.None);
        }

        Assert.That(Directory.Exists(Path.Combine(Folder, "state", "runs")), Is.False);
    }

    [Test]
    public void An_unknown_strategy_is_an_error_with_the_nearest_name()
    {
        var error = Assert.ThrowsAsync<UsageException>(() => DeployAsync(new DeploymentRequest { Strategy = "smrt" }))!;
        Assert.That(error.Message, Does.Contain("'smrt'").And.Contain("'smart'"));
    }
}
