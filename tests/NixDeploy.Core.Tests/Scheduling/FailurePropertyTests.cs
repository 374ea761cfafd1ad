using System.Collections.Immutable;
using CsCheck;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Scheduling;

namespace NixDeploy.Tests.Scheduling;

/// <summary>What holds of every run in which hosts fail, whatever the fleet and the strategy.</summary>
internal sealed class FailurePropertyTests
{
    private static readonly Gen<(DeploymentPlan Plan, int Seed, double Failing)> Runs =
        from input in RandomFleets.Input()
        from strategy in RandomFleets.Strategy
        from seed in Gen.Int
        from failing in Gen.Double[0, 0.6]
        select (Planner.Plan(input, strategy), seed, failing);

    [Test]
    public void Nothing_begins_once_the_run_is_closed() => Runs.Sample(
        run => Assert.That(Play.Through(run.Plan, run.Seed, run.Failing).BegunAfterClose, Is.Empty),
        iter: 1500);

    [Test]
    public void Nothing_is_decided_twice() => Runs.Sample(
        run =>
        {
            var decisions = Play.Through(run.Plan, run.Seed, run.Failing).Decisions;
            Assert.That(decisions.OfType<Decision.Bring>(), Is.Unique);
            Assert.That(decisions.OfType<Decision.RollBack>(), Is.Unique, "a rollback is never repeated");
            Assert.That(decisions.Select(d => d is Decision.Block b ? b.Host : (d as Decision.Cancel)?.Host).OfType<HostName>(), Is.Unique);
            Assert.That(decisions.OfType<Decision.Halt>().Count(), Is.LessThanOrEqualTo(1));
            Assert.That(decisions.OfType<Decision.Bake>().Select(b => b.Stage), Is.Unique);
            Assert.That(decisions.OfType<Decision.Ask>().Select(a => a.Stage), Is.Unique);
        },
        iter: 1500);

    [Test]
    public void A_build_that_fails_keeps_every_host_from_being_activated_where_the_plan_says_so() => Runs.Sample(
        run =>
        {
            var play = Play.Through(run.Plan, run.Seed, run.Failing);
            if (run.Plan.OnBuildFailure == OnBuildFailure.Abort && play.Recorded.Any(e => e is HostBlocked { Because: null, Problem.Code: "ND0301" }))
            {
                Assert.That(play.Decisions.Where(d => d is Decision.Bring { To: not Milestone.Prepared }), Is.Empty);
                Assert.That(play.State.Hosts.Values.Where(h => h.Status is HostStatus.Deployed), Is.Empty);
            }
        },
        iter: 1500);

    [Test]
    public void More_failures_than_are_borne_halt_the_run() => Runs.Sample(
        run =>
        {
            var state = Play.Through(run.Plan, run.Seed, run.Failing).State;
            if (state.Failures > run.Plan.Budget.AllowedOf(run.Plan.Hosts.Length))
            {
                Assert.That(state.Halted, Is.True);
                Assert.That(state.Hosts.Values.Where(h => h.Status is HostStatus.Deployed), Is.Empty, "and leave nobody on a new system");
            }
        },
        iter: 1500);

    [Test]
    public void What_nobody_approved_is_kept_nowhere() => Runs.Sample(
        run =>
        {
            var state = Play.Through(run.Plan, run.Seed, run.Failing).State;
            if (state.Refused is not null)
            {
                Assert.That(state.Hosts.Values.Where(h => h.Status is HostStatus.Deployed or HostStatus.Baking), Is.Empty);
            }
        },
        iter: 1500);

    /// <summary>The controller dies after any event; what the hosts are then found to have done is appended, and another goes on.</summary>
    [Test]
    public void A_run_is_taken_up_after_any_of_its_events() => Runs.Select(Gen.Double[0, 1]).Sample(
        (run, moment) =>
        {
            var first = Play.Through(run.Plan, run.Seed, run.Failing);
            ImmutableArray<DeploymentEvent> before = [.. first.Recorded.Take(1 + (int)(moment * (first.Recorded.Count - 1)))];
            ImmutableArray<DeploymentEvent> recorded = [.. before, .. Found(Fold(before))];
            var state = Fold(recorded);
            var ended = state.Hosts.Where(h => h.Value.Ended && h.Value.Status != HostStatus.Deployed).Select(h => h.Key).ToList();

            var rest = Play.Through(run.Plan, run.Seed + 1, run.Failing, from: recorded);

            Assert.That(rest.State.Hosts.Values.Where(h => !h.Ended).Select(h => $"{h.Host} {h.Status}"), Is.Empty);
            Assert.That(rest.Decisions.OfType<Decision.Bring>().Select(b => b.Host).Intersect(ended), Is.Empty, "what had come to its end is not begun again");
            Assert.That(rest.TakenBackTooEarly, Is.Empty);
            Assert.That(rest.StartedTooEarly, Is.Empty);
            Assert.That(rest.State.Hosts.Values.Select(h => h.Status), Has.None.EqualTo(rest.State is { Halt.Scope: RollbackScope.Run } ? HostStatus.Deployed : HostStatus.Pending));
            if (rest.State.Failures > run.Plan.Budget.AllowedOf(run.Plan.Hosts.Length))
            {
                Assert.That(rest.State.Halted, Is.True, "the decision is made again when it was not written down");
            }
        },
        iter: 1500);

    [Test]
    public void A_scheduler_that_observes_what_was_recorded_decides_as_the_one_that_lived_through_it() => Runs.Select(Gen.Double[0, 0.05]).Sample(
        (run, stopping) =>
        {
            var played = Play.Through(run.Plan, run.Seed, run.Failing, stopping: stopping);
            foreach (var (events, pending) in played.Pending)
            {
                var again = Scheduler.From(run.Plan, played.Recorded.Take(events)).Next().Select(Play.Key).OfType<string>();
                Assert.That(again, Is.EquivalentTo(pending), () => $"after {events} events: {string.Join(", ", played.Recorded.Take(events).Select(e => e is HostEvent h ? $"{e.GetType().Name} {h.Host}" : e.GetType().Name))}");
            }
        },
        iter: 1000);

    private static RunState Fold(IEnumerable<DeploymentEvent> events) =>
        Reducer.Fold(events.Select((e, i) => new RecordedEvent(i + 1, DateTimeOffset.UnixEpoch, e, "")));

    /// <summary>Hosts that were being activated, watched or rolled back were rolled back by their guards.</summary>
    private static IEnumerable<DeploymentEvent> Found(RunState state)
    {
        foreach (var host in state.Hosts.Values.Where(h => !h.Ended))
        {
            switch (host)
            {
                case { Status: HostStatus.Activating or HostStatus.Verifying or HostStatus.Committing, Reached: not Milestone.Healthy }:
                    yield return new HostFailed(host.Host, new Problem("ND0607", "It was lost."), Activated: true);
                    yield return new HostRolledBack(host.Host, null, 1, ByGuard: true);
                    break;
                case { Status: HostStatus.RollingBack } or { AwaitsRollback: true }:
                    yield return new HostRolledBack(host.Host, null, 1, ByGuard: true);
                    break;
            }
        }
    }
}
