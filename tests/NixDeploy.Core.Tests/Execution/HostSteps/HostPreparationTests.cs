using NixDeploy.Events;
using NixDeploy.Testing;

namespace NixDeploy.Tests.Execution.HostSteps;

/// <summary>A copy whose connection is lost goes on over another one, a few times.</summary>
[TestFixture]
internal sealed class HostPreparationTests
{
    [TestCase(SimulatedFault.LoseConnection, 1)]
    [TestCase(SimulatedFault.LoseConnection, 3)]
    [TestCase(SimulatedFault.LoseAnswer, 2)]
    public void A_copy_whose_connection_is_lost_goes_on_with_what_is_missing(SimulatedFault fault, int times)
    {
        var one = new OneHost();
        one.Web.FailAt(HostStep.Import, fault, occurrence: 1, times);

        Assert.That(one.Time.Run(() => one.Preparation.RunAsync(waits: false, default)), Is.True);

        Assert.That(one.Told[^1], Is.InstanceOf<HostCopied>().With.Property(nameof(HostCopied.Fence)).EqualTo(one.Web.Lock!.Fence));
        Assert.That(one.Steps.Count(s => s == HostStep.Prepare), Is.EqualTo(fault == SimulatedFault.LoseAnswer ? 2 : times + 1), "it is asked again what is missing");
    }

    [Test]
    public void A_copy_that_is_lost_each_time_fails()
    {
        var one = new OneHost();
        one.Web.FailAt(HostStep.Import, SimulatedFault.LoseConnection, occurrence: 1, times: 1000);
        Assert.That(
            () => one.Time.Run(() => one.Preparation.RunAsync(waits: false, default)),
            Throws.InstanceOf<HostException>().With.Property(nameof(HostException.Code)).EqualTo("ND0530"));
        Assert.That(one.Steps.Count(s => s == HostStep.Import), Is.EqualTo(6));
    }
}
