using NixDeploy.Events;
using NixDeploy.Fleets;

namespace NixDeploy.Tests.Features;

/// <summary>Which hosts a halted run rolls back, and to what.</summary>
[TestFixture]
internal sealed class RunRollbackTests : FourHosts
{
    private static readonly DeploymentRequest NoFailure = new() { MaxFailures = new FailureBudget(0, null) };

    [SetUp]
    public void One_of_them_fails() => Simulation("razer")["fail"] = "activate";

    [Test]
    public async Task A_host_that_ran_another_system_than_its_default_gets_back_what_it_ran()
    {
        await DeployAsync(new DeploymentRequest { Hosts = "p620", Mode = ActivationMode.Test });
        Fleet["hosts"]!["p620"]!["toplevel"] = RandomFleets.Toplevel("p620-next").Value;

        var result = await DeployAsync(NoFailure);

        Assert.That(Of(result, "p620").Status, Is.EqualTo(HostStatus.RolledBack), Of(result, "p620").Problem?.ToString());
        await using var coordinator = Coordinator();
        Assert.That((await coordinator.StatusAsync("p620", CancellationToken.None)).Hosts.Single().Inspection.State!.CurrentSystem, Is.EqualTo(RandomFleets.Toplevel("p620")));
    }

    [Test]
    public async Task Where_nobody_is_rolled_back_the_run_is_closed_and_those_that_are_well_stay()
    {
        var result = await DeployAsync(NoFailure with { AutoRollback = false, ParallelLimit = 1 });

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.ManualInterventionRequired));
            Assert.That(result.State.Halt, Is.Null);
            Assert.That(Of(result, "p620").Status, Is.EqualTo(HostStatus.Deployed));
            Assert.That(Of(result, "razer").Status, Is.EqualTo(HostStatus.RollbackFailed));
            Assert.That(Of(result, "razer").Problem!.Message, Does.Contain("razer stays on the new system: it is not guarded (auto-rollback is off)."));
        });
    }

    [Test]
    public async Task A_failed_host_without_rollback_is_not_reported_as_rolled_back()
    {
        Fleet["hosts"]!["razer"]!["rollback-on-failure"] = false;

        var (code, said) = await TellAsync(c => c.DeployAsync(new DeploymentRequest { Hosts = "razer" }));

        Assert.That(code, Is.EqualTo(ExitCodes.ManualInterventionRequired), "it is not well, and stays so");
        Assert.That(said, Does.Contain("FAILED, RUNS THE NEW SYSTEM").And.Contain("rollback-on-failure is off"));
        Assert.That(said, Does.Not.Contain("rolling back").And.Not.Contain("ROLLBACK FAILED"));
    }

    [Test]
    public async Task A_host_that_is_not_to_be_rolled_back_stays_when_the_others_are_and_the_report_names_it()
    {
        Fleet["hosts"]!["p620"]!["rollback-on-failure"] = false;

        var result = await DeployAsync(NoFailure);

        Assert.Multiple(() =>
        {
            Assert.That(Of(result, "p620").Status, Is.EqualTo(HostStatus.Deployed));
            Assert.That(new[] { "razer", "samsung" }.Select(h => Of(result, h).Status), Has.None.EqualTo(HostStatus.Deployed));
            Assert.That(File.ReadAllText(result.Folder.Report), Does.Contain("but for p620, where auto-rollback is off"));
        });
    }
}
