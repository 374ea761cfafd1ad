using CsCheck;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Tests.Journal;
using NixDeploy.Tests.Planning;
using NixDeploy.Tests.Reporting.Model;

namespace NixDeploy.Tests.Events;

internal sealed class ReducerTests
{
    [Test]
    public void A_run_begins_with_every_host_of_its_plan()
    {
        var state = Fold(Sample.Begin());
        Assert.That(state.Hosts.Keys, Is.EqualTo([Sample.P510, Sample.P620, Sample.Razer, Sample.Samsung]));
        Assert.That(state.Hosts[Sample.P620], Has.Property("Status").EqualTo(HostStatus.Pending).And.Property("Generation").EqualTo(245));
        Assert.That(state.Hosts[Sample.P510], Has.Property("Status").EqualTo(HostStatus.Skipped).And.Property("Reached").EqualTo(Milestone.Committed));
        Assert.That((state.Run, state.Fleet, state.Outcome), Is.EqualTo((Sample.Run, "./fleet", (RunOutcome?)null)));
    }

    [Test]
    public void A_host_that_is_deployed_has_its_whole_way_in_the_timeline()
    {
        var host = Reducer.Fold(Sample.Succeeded).Hosts[Sample.P620];
        Assert.That(
            host.Timeline.Select(t => t.Status),
            Is.EqualTo([
                HostStatus.Building, HostStatus.Pending, HostStatus.Copying, HostStatus.Activating, HostStatus.Verifying, HostStatus.Committing, HostStatus.Deployed]));
        Assert.That(host.Timeline.Select(t => t.At), Is.Ordered);
        Assert.That((host.Generation, host.Reached, host.Fence, host.CopiedBytes), Is.EqualTo(((int?)246, (Milestone?)Milestone.Committed, (long?)null, 3_400_000L)));
        Assert.That((host.Connections, host.Commands, host.Built, host.Ended), Is.EqualTo((2, 5, true, true)));
        Assert.That(host.EndedAt - host.StartedAt, Is.GreaterThan(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public void A_host_that_failed_and_was_restored_keeps_why()
    {
        var state = Reducer.Fold(Sample.OneFailed);
        var host = state.Hosts[Sample.Razer];
        Assert.That((host.Status, host.FailedWhileDeploying, host.Reached, host.Fence), Is.EqualTo((HostStatus.RolledBack, true, (Milestone?)null, (long?)null)));
        Assert.That(host.Problem, Is.EqualTo(Sample.Broken));
        Assert.That((state.Failures, state.Outcome), Is.EqualTo((1, RunOutcome.Failed)));
    }

    [TestCase(true, HostStatus.Unknown)]
    [TestCase(false, HostStatus.RollbackFailed)]
    public void A_restore_that_fails_does_not_hide_the_first_error(bool unknown, HostStatus status)
    {
        var host = Fold(
            Sample.Begin(),
            new HostFailed(Sample.Razer, Sample.Broken, Activated: true),
            new RollbackStarted(Sample.Razer, "it failed"),
            new RollbackFailed(Sample.Razer, new Problem("ND0520", "The old one does not start.") { Command = "reboot" }, unknown)).Hosts[Sample.Razer];
        Assert.That((host.Status, host.Problem!.Code, host.Problem.Command), Is.EqualTo((status, "ND0520", "reboot")));
        Assert.That(host.Problem.Message, Does.Contain("ND0504"));
        Assert.That(host.Problem.Units, Is.EqualTo(Sample.Broken.Units));
    }

    [Test]
    public void A_deployed_host_that_is_rolled_back_is_not_a_failure()
    {
        var state = Fold([Sample.Begin(), .. Sample.Deploy(Sample.P620, 246), new RunHalted(2, 1), new RollbackStarted(Sample.P620, "halted"), new HostRolledBack(Sample.P620, null, 245, false)]);
        Assert.That((state.Halted, state.Failures, state.Hosts[Sample.P620].Generation, state.Hosts[Sample.P620].Status), Is.EqualTo((true, 0, 245, HostStatus.RolledBack)));
    }

    [Test]
    public void A_check_keeps_its_place_and_its_latest_answer()
    {
        var host = Fold(
            Sample.Begin(),
            new CheckObserved(Sample.P620, "a", false, "starting"),
            new CheckObserved(Sample.P620, "b", true, "ok"),
            new CheckObserved(Sample.P620, "a", true, "up")).Hosts[Sample.P620];
        Assert.That(host.Checks.Select(c => (c.Check, c.Passed)), Is.EqualTo([("a", true), ("b", true)]));
    }

    [Test]
    public void A_build_that_ends_does_not_revive_a_host_that_was_cancelled()
    {
        var state = Fold(Sample.Begin(), new BuildStarted([Sample.Razer]), new HostCancelled(Sample.Razer, new CancelReason.Stopped()), new HostBuilt(Sample.Razer));
        Assert.That((state.Hosts[Sample.Razer].Status, state.Hosts[Sample.Razer].Built), Is.EqualTo((HostStatus.Cancelled, true)));
    }

    [Test]
    public void Events_of_hosts_that_nobody_planned_change_nothing()
    {
        var state = Fold(Sample.Begin());
        Assert.That(Fold(Sample.Begin(), new HostActivated(HostName.Parse("stranger"))).Hosts, Is.EqualTo(state.Hosts));
    }

    [Test]
    public void Folding_is_the_same_in_one_go_or_in_two() => Gen.Select(PlanGen.Plans, EventGen.Any.Array[0, 30], Gen.Int[0, 30]).Sample(
        (plan, events, at) =>
        {
            var all = Chain.Of([new RunStarted("r", "c", "f", plan), .. events]);
            var cut = Math.Min(at, all.Length);
            return Json(Reducer.Fold(all)) == Json(all[cut..].Aggregate(Reducer.Fold(all[..cut]), Reducer.Apply));
        });

    private static RunState Fold(params IEnumerable<DeploymentEvent> events) => Reducer.Fold(Chain.Of(events));

    private static string Json(RunState state) => NixDeploy.Reporting.Runs.ResultJson.Write(state);
}
