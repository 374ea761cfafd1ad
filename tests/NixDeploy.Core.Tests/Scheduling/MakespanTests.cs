using NixDeploy.Benchmarks.Makespan;
using NixDeploy.Events;

namespace NixDeploy.Tests.Scheduling;

/// <summary>How long whole runs take in virtual time when every duration is known; the benchmarks show the same for 10,000 hosts.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class MakespanTests
{
    private const int Hosts = 400;

    /// <summary>A length may be cut to whole milliseconds once per moment of a run.</summary>
    private static readonly TimeSpan Rounding = TimeSpan.FromSeconds(1);

    [Test]
    public void A_run_is_as_short_as_list_scheduling_promises([Range(0, 19)] int number)
    {
        var shape = RandomShape.Of(number, Hosts, (2, 40), (5, 15));
        var run = new SimulatedRun(shape);
        var state = run.Play();
        Assert.Multiple(() =>
        {
            Assert.That(state.Hosts.Values.Select(h => h.Status), Is.All.EqualTo(HostStatus.Deployed));
            Assert.That(run.MostAtOnce, Is.LessThanOrEqualTo(shape.Limit));
            Assert.That(state.Elapsed + Rounding, Is.GreaterThan(shape.LowerBound).And.GreaterThan(RampBound.Of(shape)));
            Assert.That(state.Elapsed, Is.LessThanOrEqualTo(shape.Area + shape.CriticalPath + Rounding), shape.Name);

            // What ends at one moment may be heard of in another order than planned, so the two differ; the promise is the same for both.
            Assert.That(run.Plan.Estimate.Total + Rounding, Is.GreaterThan(shape.LowerBound));
            Assert.That(run.Plan.Estimate.Total, Is.LessThanOrEqualTo(shape.Area + shape.CriticalPath + Rounding), "as planned");
        });
    }

    /// <summary>Independent hosts that each are a small part of a place's work.</summary>
    [Test]
    public void A_run_with_much_to_do_beside_its_longest_path_wastes_next_to_nothing([Values(0, 6, 12, 18)] int number)
    {
        var shape = RandomShape.Of(number, Hosts, (2, 10), (5, 15));
        Assume.That(shape.Area, Is.GreaterThanOrEqualTo(10 * shape.CriticalPath));
        Assert.That(new SimulatedRun(shape).Play().Elapsed / shape.LowerBound, Is.LessThanOrEqualTo(1.02), shape.Name);
    }
}
