using NixDeploy.Events;
using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution.HostSteps;

/// <summary>A host that is told to reboot, and waited for.</summary>
[TestFixture]
internal sealed class HostRebootTests
{
    private OneHost one = null!;
    private HostReboot reboot = null!;

    [SetUp]
    public void A_host()
    {
        one = new OneHost(plan => plan with { To = plan.From.System!, Reboot = new RebootPlan(RebootPolicy.Always, TimeSpan.FromMinutes(2)) });
        reboot = new HostReboot(one.Run, one.Plan, one.Link, one.Driver.Locking);
    }

    [TestCase(null)]
    [TestCase(SimulatedFault.LoseAnswer)]
    public void It_is_back_with_another_boot_id(SimulatedFault? fault)
    {
        if (fault is { } breaks)
        {
            one.Web.FailAt(HostStep.Reboot, breaks);
        }

        Assert.That(one.Time.Run(() => reboot.RunAsync(1, default)), Is.TypeOf<HostRebooted>());
        Assert.That(one.Told.OfType<RebootStarted>().Single().BootId, Is.Not.Empty);
    }

    [Test]
    public void One_that_was_not_told_needs_a_reboot_still()
    {
        one.Time.Run(() => one.LockAsync("another"));
        Assert.That(one.Time.Run(() => reboot.RunAsync(1, default)), Is.TypeOf<HostNeedsReboot>());
    }

    [Test]
    public void One_that_does_not_go_down_has_failed_at_its_deadline()
    {
        one.Web.FailAt(HostStep.Reboot, SimulatedFault.LoseConnection);
        Assert.That(((HostFailed)one.Time.Run(() => reboot.RunAsync(1, default))!).Problem.Code, Is.EqualTo("ND0622"));
    }

    [Test]
    public void One_that_boots_another_system_has_failed() =>
        Assert.That(one.Time.Run(() => reboot.IntoAsync(OneHost.New, default))!.Code, Is.EqualTo("ND0623"));

    [TestCase(true, 1)]
    [TestCase(false, 2)]
    public void Another_process_begins_it_again_only_when_the_host_did_not_hear_of_it(bool heard, int reboots)
    {
        one.Web.FailAt(HostStep.Reboot, heard ? SimulatedFault.LoseAnswer : SimulatedFault.LoseConnection);
        one.Time.Run(() => reboot.RunAsync(1, default));
        var progress = new HostProgress(one.Plan.Host, HostStatus.Rebooting, one.Plan.From) { BootBeforeReboot = one.Told.OfType<RebootStarted>().Single().BootId };
        Assert.That(one.Time.Run(() => reboot.ResumeAsync(progress, default)), Is.TypeOf<HostRebooted>());
        Assert.That(one.Steps.Count(s => s == HostStep.Reboot), Is.EqualTo(reboots));
    }
}
