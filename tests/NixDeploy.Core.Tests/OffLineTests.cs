using Newtonsoft.Json.Linq;
using NixDeploy.Events;

namespace NixDeploy.Tests;

/// <summary>Hosts that cannot be reached, as laptops often cannot.</summary>
[TestFixture]
internal sealed class OffLineTests : FourHosts
{
    [Test]
    public async Task A_host_that_is_skipped_holds_nobody_up_and_is_no_failure()
    {
        Sleeps("p620");
        Fleet["hosts"]!["p620"]!["off-line"] = "skip";

        var result = await DeployAsync();

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero);
            Assert.That(Of(result, "p620").Status, Is.EqualTo(HostStatus.Skipped));
            Assert.That(Of(result, "p620").Problem!.Code, Is.EqualTo("ND0513"));
            Assert.That(new[] { "p510", "razer", "samsung" }.Select(h => Of(result, h).Status), Is.All.EqualTo(HostStatus.Deployed));
            Assert.That(File.ReadAllText(result.Folder.Report), Does.Contain("SKIPPED (off-line)"));
        });
    }

    [Test]
    public async Task A_host_that_is_deferred_takes_its_dependents_with_it_is_listed_and_taken_by_the_next_run()
    {
        Sleeps("p620");
        Fleet["deployment-coordinator"]!["off-line"] = "defer";
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
            Assert.That(next.State.Plan!.Warnings, Has.Some.Contains("p620 was put off by run"));
        });
        await using var later = Coordinator();
        Assert.That((await later.StatusAsync(null, CancellationToken.None)).Deferred.Select(d => d.Host.Value), Is.EqualTo(new[] { "razer" }));
    }

    [Test]
    public async Task What_the_request_says_goes_before_what_the_host_says()
    {
        Sleeps("samsung");
        Fleet["hosts"]!["samsung"]!["off-line"] = "skip";

        var result = await DeployAsync(new DeploymentRequest { OffLine = NixDeploy.Fleets.OffLine.Fail });

        Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Blocked));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
    }

    [Test]
    public async Task A_deferred_host_that_has_left_the_fleet_is_forgotten()
    {
        Sleeps("samsung");
        await DeployAsync(new DeploymentRequest { OffLine = NixDeploy.Fleets.OffLine.Defer });
        ((JObject)Fleet["hosts"]!).Remove("samsung");

        var result = await DeployAsync(new DeploymentRequest { Hosts = "p620" });

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.State.Hosts.Keys.Select(h => h.Value), Is.EqualTo(new[] { "p620" }));
    }

    [Test]
    public async Task A_saved_plan_with_deferred_hosts_still_fits()
    {
        Sleeps("samsung");
        await DeployAsync(new DeploymentRequest { OffLine = NixDeploy.Fleets.OffLine.Defer });
        await using var coordinator = Coordinator();
        var plan = await coordinator.PlanAsync(new DeploymentRequest { Hosts = "p620", OffLine = NixDeploy.Fleets.OffLine.Defer }, CancellationToken.None);
        Assert.That(plan.OffLine.Select(o => o.Host.Value), Is.EqualTo(new[] { "samsung" }));
        Assert.That(async () => await coordinator.CheckAsync(plan, CancellationToken.None), Throws.Nothing);
    }

    private void Sleeps(string host) => Simulation(host)["fail"] = "unreachable";
}
