using Newtonsoft.Json.Linq;
using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Tests.Features;

/// <summary>Hosts that cannot be reached, as laptops often cannot.</summary>
[TestFixture]
internal sealed class OffLineTests : FourHosts
{
    [Test]
    public async Task A_host_that_is_skipped_holds_nobody_up_and_is_no_failure()
    {
        Sleeps("p620");
        Fleet["hosts"]!["p620"]!["unreachable"] = "skip";

        var result = await DeployAsync();

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero);
            Assert.That(Of(result, "p620").Status, Is.EqualTo(HostStatus.Skipped));
            Assert.That(Of(result, "p620").Problem!.Code, Is.EqualTo("ND0513"));
            Assert.That(new[] { "p510", "razer", "samsung" }.Select(h => Of(result, h).Status), Is.All.EqualTo(HostStatus.Deployed));
            Assert.That(File.ReadAllText(result.Folder.Report), Does.Contain("SKIPPED (unreachable)"));
        });
    }

    [Test]
    public async Task A_host_that_is_deferred_takes_its_dependents_with_it_is_listed_and_taken_by_the_next_run()
    {
        Sleeps("p620");
        Fleet["deployment-coordinator"]!["unreachable"] = "defer";
        var first = await DeployAsync();
        Assert.Multiple(() =>
        {
            Assert.That(first.ExitCode, Is.Zero);
            Assert.That(new[] { "p620", "p510", "razer" }.Select(h => Of(first, h).Status), Is.All.EqualTo(HostStatus.Deferred));
            Assert.That(Of(first, "razer").Because?.Value, Is.EqualTo("p620"));
            Assert.That(Of(first, "samsung").Status, Is.EqualTo(HostStatus.Deployed));
        });
        await using (var coordinator = Coordinator())
        {
            var status = await coordinator.StatusAsync("samsung", CancellationToken.None);
            Assert.That(status.Deferred.Select(d => d.Host.Value), Is.EqualTo(new[] { "p510", "p620", "razer" }));
        }

        Simulation("p620").Remove("fail");
        var next = await DeployAsync(new DeploymentRequest { Hosts = "samsung,!razer" });

        Assert.Multiple(() =>
        {
            Assert.That(next.State.Hosts.Keys.Select(h => h.Value), Is.EqualTo(new[] { "p510", "p620", "samsung" }), "razer is excluded");
            Assert.That(Of(next, "p620").Status, Is.EqualTo(HostStatus.Deployed));
            Assert.That(next.State.Plan!.Warnings, Has.Some.Contains("p620 was deferred by run"));
        });
        await using var later = Coordinator();
        Assert.That((await later.StatusAsync(null, CancellationToken.None)).Deferred.Select(d => d.Host.Value), Is.EqualTo(new[] { "razer" }));
    }

    [Test]
    public async Task What_the_request_says_goes_before_what_the_host_says()
    {
        Sleeps("samsung");
        Fleet["hosts"]!["samsung"]!["unreachable"] = "skip";

        var result = await DeployAsync(new DeploymentRequest { Unreachable = NixDeploy.Fleets.UnreachablePolicy.Fail });

        Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Blocked));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
    }

    [Test]
    public async Task A_deferred_host_that_has_left_the_fleet_is_forgotten()
    {
        Sleeps("samsung");
        await DeployAsync(new DeploymentRequest { Unreachable = NixDeploy.Fleets.UnreachablePolicy.Defer });
        ((JObject)Fleet["hosts"]!).Remove("samsung");

        var result = await DeployAsync(new DeploymentRequest { Hosts = "p620" });

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.State.Hosts.Keys.Select(h => h.Value), Is.EqualTo(new[] { "p620" }));
        Assert.That(await DeferredAsync(), Is.Empty);
    }

    [Test]
    public async Task A_saved_plan_with_deferred_hosts_still_fits()
    {
        Sleeps("samsung");
        await DeployAsync(new DeploymentRequest { Unreachable = NixDeploy.Fleets.UnreachablePolicy.Defer });
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanAsync(new DeploymentRequest { Hosts = "p620", Unreachable = NixDeploy.Fleets.UnreachablePolicy.Defer }, CancellationToken.None);
        Assert.That(plan.Unreachable.Select(o => o.Host.Value), Is.EqualTo(new[] { "samsung" }));
        Assert.That(async () => await coordinator.CheckAsync(plan, CancellationToken.None), Throws.Nothing);
    }

    [TestCase("TestRollback")]
    [TestCase("EmergencyDeploy")]
    public async Task Only_a_deployment_includes_deferred_hosts(string task)
    {
        await PutOffAsync("razer");
        var request = new DeploymentRequest { Hosts = "samsung" };
        var (code, said) = await TellAsync(c => task == "TestRollback" ? c.TestRollbackAsync(request) : c.EmergencyDeployAsync(request));
        Assert.That(code, Is.Zero, said);
        Assert.That(await StandingAsync("razer"), Is.EqualTo((RandomFleets.Toplevel("razer-old"), 1)));
        Assert.That(await DeferredAsync(), Is.EqualTo(new[] { "razer" }));
    }

    [TestCase(null, ExitCodes.Refused)]
    [TestCase(UnreachablePolicy.Defer, ExitCodes.Success)]
    public async Task In_an_emergency_a_host_that_cannot_be_reached_is_deferred_only_when_that_is_asked_for(UnreachablePolicy? wish, int expected)
    {
        Sleeps("razer");
        Fleet["deployment-coordinator"]!["unreachable"] = "defer";
        var (code, said) = await TellAsync(c => c.EmergencyDeployAsync(new DeploymentRequest { Hosts = "razer", Unreachable = wish }));
        Assert.That(code, Is.EqualTo(expected), said);
    }

    [Test]
    public async Task An_emergency_includes_a_deferred_host_that_it_names()
    {
        await PutOffAsync("razer");
        var (code, said) = await TellAsync(c => c.EmergencyDeployAsync(new DeploymentRequest { Hosts = "razer" }));
        Assert.That(code, Is.Zero, said);
        Assert.That(said, Does.Contain("razer was deferred by run"));
        Assert.That(await DeferredAsync(), Is.Empty);
    }

    [Test]
    public async Task A_run_that_is_stopped_before_it_has_deployed_the_host_leaves_it_deferred()
    {
        await PutOffAsync("razer");
        using var stop = new CancellationTokenSource();
        await using (var coordinator = Coordinator())
        {
            var plan = await coordinator.PlanAsync(new DeploymentRequest(), CancellationToken.None);
            await stop.CancelAsync();
            var run = await coordinator.StartAsync(plan, stop.Token);
            Assert.That(Of(await run.Completion, "razer").Status, Is.EqualTo(HostStatus.Cancelled));
        }

        Assert.That(await DeferredAsync(), Is.EqualTo(new[] { "razer" }));
    }

    [Test]
    public async Task A_run_that_refuses_the_host_or_only_asks_it_leaves_it_deferred()
    {
        await PutOffAsync("razer");
        var asked = await DeployAsync(new DeploymentRequest { Mode = ActivationMode.DryActivate });
        Assert.That(Of(asked, "razer").Status, Is.EqualTo(HostStatus.DryActivated));
        Assert.That(await DeferredAsync(), Is.EqualTo(new[] { "razer" }));

        Simulation("razer")["fail"] = "build";
        Assert.That(Of(await DeployAsync(), "razer").Status, Is.EqualTo(HostStatus.Blocked));
        Assert.That(await DeferredAsync(), Is.EqualTo(new[] { "razer" }));
    }

    [Test]
    public async Task A_run_that_rolls_the_host_back_leaves_it_deferred()
    {
        await PutOffAsync("razer");
        Simulation("razer")["fail"] = "activate";
        Assert.That(Of(await DeployAsync(), "razer").Status, Is.EqualTo(HostStatus.RolledBack));
        Assert.That(await DeferredAsync(), Is.EqualTo(new[] { "razer" }));
    }

    [Test]
    public async Task A_rollback_leaves_the_host_deferred()
    {
        await DeployAsync(new DeploymentRequest { Hosts = "razer" });
        Fleet["hosts"]!["razer"]!["toplevel"] = RandomFleets.Toplevel("razer-newer").Value;
        await PutOffAsync("razer");
        var (code, said) = await TellAsync(c => c.RollbackAsync(new DeploymentRequest { Hosts = "razer" }, null));
        Assert.That(code, Is.Zero, said);
        Assert.That(await StandingAsync("razer"), Is.EqualTo((RandomFleets.Toplevel("razer-old"), 1)));
        Assert.That(await DeferredAsync(), Is.EqualTo(new[] { "razer" }));
    }

    [Test]
    public async Task A_host_that_is_found_unchanged_is_deferred_no_longer()
    {
        await PutOffAsync("razer");
        Fleet["hosts"]!["razer"]!["toplevel"] = RandomFleets.Toplevel("razer-old").Value;
        Assert.That(Of(await DeployAsync(new DeploymentRequest { Hosts = "samsung" }), "razer").Status, Is.EqualTo(HostStatus.Skipped));
        Assert.That(await DeferredAsync(), Is.Empty);
    }

    [Test]
    public async Task A_host_that_is_deferred_again_is_listed_once_with_the_newest_reason()
    {
        await PutOffAsync("razer");
        await PutOffAsync("razer");
        await using var coordinator = Coordinator();
        var status = await coordinator.StatusAsync("samsung", CancellationToken.None);
        Assert.That(status.Deferred.Select(d => (d.Host.Value, d.Run)), Is.EqualTo(new[] { ("razer", status.LastRun!.Run) }));
    }

    [Test]
    public async Task A_host_stays_deferred_however_often_others_are_deployed_without_it()
    {
        await PutOffAsync("razer");
        for (var i = 0; i < 25; i++)
        {
            await DeployAsync(new DeploymentRequest { Hosts = "samsung,!razer" });
        }

        Assert.That(await DeferredAsync(), Is.EqualTo(new[] { "razer" }));
    }

    /// <summary>A run that finds the host asleep, which is awake again afterwards.</summary>
    private async Task PutOffAsync(string host)
    {
        Sleeps(host);
        var result = await DeployAsync(new DeploymentRequest { Hosts = host, Unreachable = NixDeploy.Fleets.UnreachablePolicy.Defer });
        Assert.That(Of(result, host).Status, Is.EqualTo(HostStatus.Deferred));
        Simulation(host).Remove("fail");
    }

    private void Sleeps(string host) => Simulation(host)["fail"] = "unreachable";
}
