using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Tests.Features;

/// <summary>What becomes of the others when one host of four does not build: <c>on-build-failure</c>.</summary>
internal sealed class BuildFailureTests : FourHosts
{
    [Test]
    public async Task No_host_is_activated_by_default([Values] bool details, [Values("smart", "parallel", "canary", "blue-green", "rolling", "sequential")] string strategy)
    {
        Simulation("p620")["fail"] = "build";
        var result = await DeployAsync(new DeploymentRequest { Details = details, Strategy = strategy });
        var standing = await StandingAsync("samsung");
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
            Assert.That(result.State.Hosts.Values.Select(h => h.Status), Is.All.AnyOf(HostStatus.Blocked, HostStatus.Cancelled));
            Assert.That(result.State.Plan!.OnBuildFailure, Is.EqualTo(OnBuildFailure.Abort));
            Assert.That(standing, Is.EqualTo(((StorePath?)RandomFleets.Toplevel("samsung-old"), (int?)1)));
        });
    }

    [Test]
    public async Task The_others_are_deployed_where_the_fleet_says_so([Values] bool details)
    {
        Fleet["deployment-coordinator"]!["on-build-failure"] = "continue";
        Simulation("p620")["fail"] = "build";
        var result = await DeployAsync(new DeploymentRequest { Details = details });
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Refused));
            Assert.That(result.State.Hosts.Values.Count(h => h.Status == HostStatus.Blocked), Is.EqualTo(3));
            Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Deployed));
        });
    }

    [Test]
    public async Task The_argument_goes_before_the_fleet()
    {
        Fleet["deployment-coordinator"]!["on-build-failure"] = "abort";
        Simulation("p620")["fail"] = "build";
        var result = await DeployAsync(new DeploymentRequest { OnBuildFailure = OnBuildFailure.Continue });
        Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Deployed));
    }

    [Test]
    public async Task Rolling_aborts_whatever_the_fleet_says([Values("rolling", "sequential")] string strategy)
    {
        Fleet["deployment-coordinator"]!["on-build-failure"] = "continue";
        Simulation("samsung")["fail"] = "build";
        var result = await DeployAsync(new DeploymentRequest { Strategy = strategy, Details = false });
        Assert.That(result.State.Hosts.Values.Select(h => h.Status), Is.All.AnyOf(HostStatus.Blocked, HostStatus.Cancelled));
        Assert.That(
            () => DeployAsync(new DeploymentRequest { Strategy = strategy, OnBuildFailure = OnBuildFailure.Continue }),
            Throws.TypeOf<UsageException>().With.Property("Code").EqualTo("ND0212"));
    }

    [Test]
    public async Task A_host_that_cannot_be_reached_is_no_build_that_fails()
    {
        Simulation("p620")["fail"] = "unreachable";
        var result = await DeployAsync();
        Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Deployed));
    }

    [Test]
    public async Task Of_hosts_that_are_not_selected_nothing_need_build()
    {
        Simulation("p620")["fail"] = "build";
        var result = await DeployAsync(new DeploymentRequest { Hosts = "samsung" });
        Assert.That((result.ExitCode, Of(result, "samsung").Status), Is.EqualTo((ExitCodes.Success, HostStatus.Deployed)));
    }
}
