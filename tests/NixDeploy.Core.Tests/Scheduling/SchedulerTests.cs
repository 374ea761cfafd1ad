using CsCheck;
using NixDeploy.Events;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;

namespace NixDeploy.Tests.Scheduling;

[TestFixture]
internal sealed class SchedulerTests
{
    private static readonly Gen<(DeploymentPlan Plan, int Seed)> Runs =
        from input in RandomFleets.Input()
        from strategy in RandomFleets.Strategy
        from seed in Gen.Int
        select (Planner.Plan(input, strategy), seed);

    [Test]
    public void Every_host_is_committed_once_when_nothing_fails() => Runs.Sample(
        run =>
        {
            var played = Play.Through(run.Plan, run.Seed, failing: 0);
            Assert.That(played.Committed, Is.EquivalentTo(run.Plan.Hosts.Select(h => h.Host)));
            Assert.That(played.Committed, Is.Unique);
        },
        iter: 1500);

    [Test]
    public void No_host_starts_before_the_hosts_it_waits_for_are_committed() => Runs.Sample(
        run =>
        {
            var played = Play.Through(run.Plan, run.Seed, failing: 0.2);
            Assert.That(played.StartedTooEarly, Is.Empty);
        },
        iter: 1500);

    [Test]
    public void Limits_hold_at_every_moment() => Runs.Sample(
        run =>
        {
            var played = Play.Through(run.Plan, run.Seed, failing: 0.2);
            Assert.That(played.MostActivating, Is.LessThanOrEqualTo(run.Plan.Limits.Activations));
            Assert.That(played.OverLimit, Is.Empty);
            Assert.That(played.MostCopying, Is.LessThanOrEqualTo(run.Plan.Limits.Copies));
            Assert.That(played.MostInFlight, Is.LessThanOrEqualTo(run.Plan.Stages.Select(s => s.MaxInFlight ?? int.MaxValue).DefaultIfEmpty(int.MaxValue).Min()));
        },
        iter: 1500);

    [Test]
    public void Every_run_comes_to_an_end_and_every_host_with_it() => Runs.Sample(
        run =>
        {
            var played = Play.Through(run.Plan, run.Seed, failing: 0.4);
            Assert.That(
                played.State.Hosts.Values.Where(h => !h.Ended).Select(h => $"{h.Host} {h.Status}"), Is.Empty,
                () => $"{string.Join("; ", played.State.Hosts.Values.Select(h => $"{h.Host}: {string.Join(' ', h.Timeline.Select(t => t.Status))}"))}; {played.State.Halt}; {string.Join(" | ", run.Plan.Stages.Select(s => $"{s.Name} {string.Join(' ', s.Hosts)}"))}");
        },
        iter: 2000);

    [Test]
    public void A_halted_run_leaves_no_host_deployed_and_takes_dependents_back_first() => Runs.Sample(
        run =>
        {
            var played = Play.Through(run.Plan, run.Seed, failing: 0.5);
            if (played.State.Halt is { Scope: RollbackScope.Run })
            {
                Assert.That(played.State.Hosts.Values.Where(h => h.Status == HostStatus.Deployed), Is.Empty);
                Assert.That(played.TakenBackTooEarly, Is.Empty);
            }
        },
        iter: 2000);

    [Test]
    public void A_failing_canary_is_rolled_back_and_no_other_host_is_started() => Runs.Where(r => r.Plan.Stages is [{ OnFailure: RollbackScope.Stage }, ..]).Sample(
        run =>
        {
            var played = Play.Through(run.Plan, run.Seed, failing: 0.5);
            if (played.State.Halt is { Scope: RollbackScope.Stage, Stage: 0 })
            {
                var canaries = run.Plan.Stages[0].Hosts;
                Assert.That(canaries.Where(c => played.State.Hosts[c].Status == HostStatus.Deployed), Is.Empty);
                Assert.That(played.Committed.Except(canaries), Is.Empty);
            }
        },
        iter: 1000);

    [Test]
    public void Nothing_is_activated_before_all_are_prepared_when_the_strategy_is_blue_green() => RandomFleets.Input().Select(Gen.Int).Sample(
        (input, seed) =>
        {
            var plan = Planner.Plan(input, new BlueGreenStrategy());
            var played = Play.Through(plan, seed, failing: 0.1);
            var all = plan.Hosts.Select(h => played.State.Hosts[h.Host].Status).Where(s => s is not (HostStatus.Skipped or HostStatus.Deferred)).ToList();
            Assert.That(all.All(s => s == HostStatus.Deployed) || !all.Contains(HostStatus.Deployed), $"all or none: {string.Join(", ", all)}");
        },
        iter: 1000);

    [Test]
    public void A_run_that_is_carried_on_from_its_events_does_what_is_left() => Runs.Sample(
        run =>
        {
            var half = Play.Through(run.Plan, run.Seed, failing: 0, stopAfterCommits: run.Plan.Hosts.Length / 2);
            var rest = Play.Through(run.Plan, run.Seed + 1, failing: 0, from: half.Recorded);
            Assert.That(half.Committed.Concat(rest.Committed), Is.EquivalentTo(run.Plan.Hosts.Select(h => h.Host)));
        },
        iter: 500);
}
