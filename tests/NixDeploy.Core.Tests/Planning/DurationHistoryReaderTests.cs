using CsCheck;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using static NixDeploy.Planning.StepMark;

namespace NixDeploy.Tests.Planning;

[TestFixture]
internal sealed class DurationHistoryReaderTests
{
    private static readonly HostName A = HostName.Parse("a");
    private static readonly HostName B = HostName.Parse("b");

    [Test]
    public void Nothing_seen_is_nothing_known()
    {
        var none = DurationHistoryReader.From([]);
        Assert.That(none.Hosts, Is.Empty);
        Assert.That(none.Fleet, Is.EqualTo(new StepDurations()));
    }

    [Test]
    public void Every_step_is_measured()
    {
        var history = DurationHistoryReader.From(Run("1", A, (BuildStarted, 0), (HostBuilt, 10), (CopyStarted, 11), (HostCopied, 15), (ActivationStarted, 20), (HostActivated, 26), (HostHealthy, 86), (CommitStarted, 87), (HostCommitted, 88)));
        var took = new StepDurations { Build = S(10), Copy = S(4), Activate = S(6), Verify = S(60), Commit = S(1) };
        Assert.That(history.Hosts[A], Is.EqualTo(new HostHistory(took, LastFailed: false)));
        Assert.That(history.Fleet, Is.EqualTo(took));
    }

    [TestCase("5", 5)]
    [TestCase("9 1 5", 5)]
    [TestCase("4 10", 7)]
    [TestCase("1 100 3 2", 2.5)]
    public void The_median_is_the_middle_one_or_half_way_between_the_two_there(string seconds, double median)
    {
        var history = DurationHistoryReader.From(seconds.Split(' ').SelectMany((s, run) => Run($"{run}", A, (CopyStarted, 0), (HostCopied, int.Parse(s)))));
        Assert.That(history.Hosts[A].Steps.Copy, Is.EqualTo(S(median)));
    }

    [Test]
    public void The_fleet_s_median_is_over_all_that_was_seen()
    {
        var history = DurationHistoryReader.From([
            .. Run("2", A, (CopyStarted, 0), (HostCopied, 1)), .. Run("2", B, (CopyStarted, 0), (HostCopied, 8)), .. Run("1", A, (CopyStarted, 0), (HostCopied, 2))]);
        Assert.That((history.Fleet.Copy, history.Hosts[A].Steps.Copy, history.Hosts[B].Steps.Copy), Is.EqualTo((S(2), S(1.5), S(8))));
    }

    [Test]
    public void A_step_that_was_begun_again_counts_from_there() => Assert.That(
        DurationHistoryReader.From(Run("1", A, (CopyStarted, 0), (CopyStarted, 3600), (HostCopied, 3605))).Hosts[A].Steps.Copy, Is.EqualTo(S(5)));

    [Test]
    public void A_step_that_was_repeated_counts_once_as_it_was_the_last_time() => Assert.That(
        DurationHistoryReader.From([
            .. Run("2", A, (BuildStarted, 0), (HostBuilt, 90), (BuildStarted, 100), (HostBuilt, 102)), .. Run("1", A, (BuildStarted, 0), (HostBuilt, 4))]).Hosts[A].Steps.Build,
        Is.EqualTo(S(3)));

    [Test]
    public void What_has_no_beginning_no_end_or_ends_before_it_began_is_passed_over()
    {
        var history = DurationHistoryReader.From([
            .. Run("3", A, (CopyStarted, 0), (HostCopied, -5), (ActivationStarted, 1), (HostFailed, 2)),
            .. Run("2", A, (HostCopied, 5), (CopyStarted, 6)),
            .. Run("1", A, (HostCopied, 7))]);
        Assert.That(history.Hosts[A].Steps, Is.EqualTo(new StepDurations()));
    }

    [Test]
    public void The_newest_run_that_a_host_took_part_in_says_whether_it_failed_last()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Failed(Run("2", A, (HostFailed, 0), (RollbackStarted, 1), (HostRolledBack, 2))), Is.True);
            Assert.That(Failed([.. Run("2", A, (HostCommitted, 0)), .. Run("1", A, (HostFailed, 0))]), Is.False);
            Assert.That(Failed([.. Run("2", A, (HostBuilt, 0)), .. Run("1", A, (HostFailed, 0))]), Is.False);
            Assert.That(Failed([.. Run("2", B, (HostCommitted, 0)), .. Run("1", A, (HostFailed, 0))]), Is.True);
            Assert.That(Failed(Run("2", A, (HostFailed, 0), (ActivationStarted, 5), (HostCommitted, 9))), Is.False);
            Assert.That(Failed(Run("2", A, (HostCommitted, 0), (HostRolledBack, 3))), Is.False);
        });

        static bool Failed(IEnumerable<StepMoment> moments) => DurationHistoryReader.From(moments).Hosts[A].LastFailed;
    }

    [Test]
    public void Whatever_was_recorded_no_duration_is_negative_and_no_host_is_lost() => Gen
        .Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Enum<StepMark>(), Gen.Int[-100, 100])
        .Select((run, host, mark, at) => new StepMoment($"{run}", HostName.Parse($"h{host}"), mark, DateTimeOffset.UnixEpoch + S(at)))
        .Array[0, 60]
        .Sample(
            moments =>
            {
                var history = DurationHistoryReader.From(moments);
                return history.Hosts.Keys.Order().SequenceEqual(moments.Select(m => m.Host).Distinct().Order())
                    && history.Hosts.Values.Select(h => h.Steps).Append(history.Fleet).SelectMany(Steps).All(s => s is null || s >= TimeSpan.Zero)
                    && Steps(history.Fleet).Select(s => s is null).SequenceEqual(Enumerable.Range(0, 5).Select(i => history.Hosts.Values.All(h => Steps(h.Steps)[i] is null)));
            },
            iter: 3000);

    private static TimeSpan?[] Steps(StepDurations steps) => [steps.Build, steps.Copy, steps.Activate, steps.Verify, steps.Commit];

    private static IEnumerable<StepMoment> Run(string run, HostName host, params (StepMark Mark, int At)[] moments) =>
        moments.Select(m => new StepMoment(run, host, m.Mark, DateTimeOffset.UnixEpoch + S(m.At)));

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
