using Newtonsoft.Json.Linq;
using NixDeploy.Events;

namespace NixDeploy.Tests.Features;

/// <summary>Runs that are left at once, as by a second Ctrl-C.</summary>
[TestFixture]
internal sealed class DetachingTests : FourHosts
{
    private static readonly DeploymentRequest Canary = new() { Strategy = "canary", CanaryTag = "first", Bake = TimeSpan.FromMinutes(10) };

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_canary_that_is_watched_is_deployed_and_the_others_are_not_started(bool stopsFirst)
    {
        Fleet["hosts"]!["samsung"]!["tags"] = new JArray("first");
        var result = await LeaveAtAsync<BakeStarted>(Canary, stopsFirst);

        Assert.Multiple(() =>
        {
            Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Deployed));
            Assert.That(Of(result, "samsung").Reached, Is.EqualTo(NixDeploy.Planning.Milestone.Committed));
            Assert.That(new[] { "p510", "p620", "razer" }.Select(h => Of(result, h).Status), Is.All.EqualTo(HostStatus.Cancelled));
            Assert.That(result.Outcome, Is.EqualTo(RunOutcome.Cancelled));
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Cancelled));
        });
    }

    [Test]
    public async Task A_host_on_trial_is_left_to_its_guard()
    {
        Fleet["hosts"]!["samsung"]!["health-checks"] = new JArray(new JObject { ["service"] = "web" });
        var result = await LeaveAtAsync<HostActivated>(new DeploymentRequest { Hosts = "samsung", HealthWindow = TimeSpan.FromMinutes(10) });

        Assert.That(Of(result, "samsung").Status, Is.EqualTo(HostStatus.Unknown));
        Assert.That(Of(result, "samsung").Problem!.Message, Does.Contain("its guard decides"));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.ManualInterventionRequired));
    }

    [Test]
    public async Task No_guard_is_promised_where_there_is_none()
    {
        Fleet["hosts"]!["samsung"]!["health-checks"] = new JArray(new JObject { ["service"] = "web" });
        var result = await LeaveAtAsync<HostActivated>(new DeploymentRequest { Hosts = "samsung", HealthWindow = TimeSpan.FromMinutes(10), AutoRollback = false });

        Assert.That(Of(result, "samsung").Problem!.Message, Does.Not.Contain("guard"));
    }

    [Test]
    public async Task Who_looks_at_the_fleet_meanwhile_leaves_a_run_alone_that_is_alive()
    {
        Fleet["hosts"]!["samsung"]!["tags"] = new JArray("first");
        await using var coordinator = Coordinator();
        await using var other = Coordinator();
        var run = await coordinator.StartAsync(await coordinator.PlanAsync(Canary, CancellationToken.None), CancellationToken.None);
        await foreach (var happened in run.EventsAsync(0, CancellationToken.None))
        {
            if (happened.Event is BakeStarted)
            {
                var status = await other.StatusAsync(null, CancellationToken.None);
                Assert.That(status.Late, Is.Empty);
                Assert.That(status.LastRun!.Outcome, Is.Null);
                run.Detach();
            }
        }

        Assert.That((await run.Completion).State.Interrupted, Is.Null);
    }

    private async Task<DeploymentResult> LeaveAtAsync<TEvent>(DeploymentRequest request, bool stopsFirst = false)
        where TEvent : DeploymentEvent
    {
        await using var coordinator = Coordinator();
        var run = await coordinator.StartAsync(await coordinator.PlanAsync(request, CancellationToken.None), CancellationToken.None);
        await foreach (var happened in run.EventsAsync(0, CancellationToken.None))
        {
            if (happened.Event is TEvent)
            {
                if (stopsFirst)
                {
                    _ = run.StopAsync();
                }

                run.Detach();
            }
        }

        return await run.Completion;
    }
}
