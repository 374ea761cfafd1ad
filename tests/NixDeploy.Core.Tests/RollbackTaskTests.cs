using NixDeploy.Fleets;

namespace NixDeploy.Tests;

/// <summary>The tasks that prove a way back, on simulated hosts.</summary>
[TestFixture]
internal sealed class RollbackTaskTests : FourHosts
{
    [Test]
    public async Task A_host_without_an_earlier_generation_is_not_ready_and_one_that_was_deployed_is()
    {
        var (before, said) = await TellAsync(c => c.VerifyRollbackAsync("samsung"));
        await DeployAsync(new DeploymentRequest { Hosts = "samsung" });
        var (after, told) = await TellAsync(c => c.VerifyRollbackAsync("samsung"));
        Assert.Multiple(() =>
        {
            Assert.That(before, Is.EqualTo(ExitCodes.Refused));
            Assert.That(said, Does.Contain("samsung  NOT READY").And.Contain("there is no earlier generation with another system"));
            Assert.That(after, Is.Zero);
            Assert.That(told, Does.Contain($"samsung  READY      to go back to generation 1, {RandomFleets.Toplevel("samsung-old")}"));
        });
    }

    [Test]
    public async Task A_changed_host_is_deployed_taken_back_and_as_before()
    {
        var (code, said) = await TellAsync(c => c.TestRollbackAsync(new DeploymentRequest { Hosts = "samsung" }));
        Assert.That(code, Is.Zero, said);
        Assert.That(said, Does.Contain("The way back is proven"));
        Assert.That(await StandingAsync("samsung"), Is.EqualTo((RandomFleets.Toplevel("samsung-old"), 1)));
    }

    [Test]
    public async Task An_unchanged_host_goes_to_its_earlier_generation_and_comes_back()
    {
        await DeployAsync(new DeploymentRequest { Hosts = "samsung" });
        var (code, said) = await TellAsync(c => c.TestRollbackAsync(new DeploymentRequest { Hosts = "samsung" }));
        Assert.That(code, Is.Zero, said);
        Assert.That(await StandingAsync("samsung"), Is.EqualTo((RandomFleets.Toplevel("samsung"), 2)));
    }

    [Test]
    public async Task A_drill_whose_deployment_fails_says_so_and_the_host_is_back()
    {
        Simulation("samsung")["fail"] = "activate";
        var (code, _) = await TellAsync(c => c.TestRollbackAsync(new DeploymentRequest { Hosts = "samsung" }));
        Assert.That(code, Is.EqualTo(ExitCodes.Failed));
        Assert.That(await StandingAsync("samsung"), Is.EqualTo((RandomFleets.Toplevel("samsung-old"), 1)));
    }

    [TestCase(null, "ND0213", "TestRollback needs --hosts")]
    [TestCase("*", "ND0215", "names 4")]
    public void A_drill_is_for_one_host(string? hosts, string code, string words)
    {
        var error = Assert.ThrowsAsync<UsageException>(() => TellAsync(c => c.TestRollbackAsync(new DeploymentRequest { Hosts = hosts })))!;
        Assert.That(error.Code, Is.EqualTo(code));
        Assert.That(error.Message, Does.Contain(words));
    }

    [Test]
    public async Task Emergencies_go_past_what_preflight_refuses_and_name_their_hosts()
    {
        Fleet["deployment-coordinator"]!["disk-reserve"] = 1_000_000;
        Assert.That((await TellAsync(c => c.DeployAsync(new DeploymentRequest { Hosts = "samsung" }))).Code, Is.EqualTo(ExitCodes.Refused));
        Assert.That((await TellAsync(c => c.EmergencyDeployAsync(new DeploymentRequest { Hosts = "samsung" }))).Code, Is.Zero);
        Assert.That(() => TellAsync(c => c.EmergencyDeployAsync(new DeploymentRequest())), Throws.InstanceOf<UsageException>().With.Message.Contains("EmergencyDeploy needs --hosts"));
    }

    [Test]
    public void A_rollback_that_is_to_wait_for_a_boot_is_refused_instead_of_done_at_once()
    {
        Assert.That(() => TellAsync(c => c.RollbackAsync(new DeploymentRequest { Hosts = "samsung", Mode = ActivationMode.Boot }, null)), Throws.InstanceOf<UsageException>().With.Message.Contains("leave --mode out"));
        Assert.That(() => TellAsync(c => c.RollbackAsync(new DeploymentRequest { Hosts = "samsung", Reboot = RebootPolicy.Always }, null)), Throws.InstanceOf<UsageException>().With.Message.Contains("leave --reboot out"));
    }

    private async Task<(StorePath? System, int? Generation)> StandingAsync(string host)
    {
        await using var coordinator = Coordinator();
        var state = (await coordinator.StatusAsync(host, CancellationToken.None)).Hosts.Single().Inspection.State!;
        return (state.CurrentSystem, state.Generation);
    }
}
