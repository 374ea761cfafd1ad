using NixDeploy.Events;
using NixDeploy.Reporting.Model;
using NixDeploy.Tests.Journal;
using static NixDeploy.Tests.Reporting.Model.Sample;

namespace NixDeploy.Tests.Reporting.Model;

internal sealed class EstimateTests
{
    [Test]
    public void Before_a_host_is_done_the_plans_own_number_counts()
    {
        var state = Reducer.Fold(Chain.Of(Begin(Estimated)));
        Assert.That(Estimate.Left(state, state.StartedAt!.Value), Is.EqualTo(TimeSpan.FromSeconds(210)));
        Assert.That(Estimate.Left(state, state.StartedAt.Value.AddSeconds(60)), Is.EqualTo(TimeSpan.FromSeconds(150)));
    }

    [Test]
    public void A_run_that_is_late_has_what_its_longest_host_takes_before_it()
    {
        var state = Reducer.Fold(Chain.Of(Begin(Estimated)));
        Assert.That(Estimate.Left(state, state.StartedAt!.Value.AddHours(1)), Is.EqualTo(TimeSpan.FromSeconds(125)));
    }

    [Test]
    public void Afterwards_it_is_scaled_by_how_long_hosts_took()
    {
        var state = Reducer.Fold(Chain.Of([Begin(Estimated), .. Deploy(P620, 246)]));
        var pace = Estimate.Took(state.Hosts[P620])!.Value / TimeSpan.FromSeconds(125);
        Assert.That(pace, Is.LessThan(0.1));
        Assert.That(Estimate.Left(state, state.StartedAt!.Value)!.Value, Is.EqualTo(pace * TimeSpan.FromSeconds(210)));
    }

    [Test]
    public void Without_any_number_nothing_is_said_before_a_host_is_done()
    {
        var state = Reducer.Fold(Chain.Of(Begin()));
        Assert.That(Estimate.Left(state, state.StartedAt!.Value), Is.Null);
        Assert.That(Estimate.Left(Reducer.Fold(Chain.Of([Begin(), .. Deploy(P620, 246)])), state.StartedAt.Value), Is.GreaterThan(TimeSpan.Zero));
        Assert.That(Estimate.Left(Reducer.Fold(Succeeded), state.StartedAt.Value), Is.Null, "it has ended");
    }

    [Test]
    public void Waiting_for_a_turn_after_the_build_is_no_work()
    {
        var state = Reducer.Fold(Succeeded);
        Assert.That(Estimate.Took(state.Hosts[Samsung]), Is.LessThan(state.Hosts[Samsung].EndedAt!.Value - state.Hosts[Samsung].StartedAt!.Value));
        Assert.That(Estimate.Took(state.Hosts[P510]), Is.Null);
    }
}
