using NixDeploy.Fleets;
using NixDeploy.Health;

namespace NixDeploy.Tests.Health;

internal sealed class WatchedCheckTests
{
    private static readonly HostName Host = HostName.Parse("web1");
    private static readonly DateTimeOffset Start = new(2025, 1, 15, 15, 30, 0, TimeSpan.Zero);
    private static readonly ProbeResult Nothing = ProbeResult.Failed("no answer within 1.8 s") with { Unanswered = true };

    [Test]
    public void An_answer_says_more_than_the_silence_of_the_last_short_look()
    {
        var check = Check();
        Assert.That(check.Begin(Start), Is.EqualTo(TimeSpan.FromSeconds(6)));
        Assert.That(check.Judge(Host, ProbeResult.Failed("answers 500"), Start, Start.AddSeconds(3)), Is.Null);
        Assert.That(check.Begin(Start.AddSeconds(4)), Is.EqualTo(TimeSpan.FromSeconds(2)), "what is left");
        Assert.That(check.Judge(Host, Nothing, Start.AddSeconds(4), Start.AddSeconds(6))!.Message, Is.EqualTo("web1: the check 'http' failed until its time was up: answers 500."));
    }

    [Test]
    public void Silence_is_told_where_nothing_else_was_heard()
    {
        var check = Check();
        check.Begin(Start);
        Assert.That(check.Judge(Host, Nothing, Start, Start.AddSeconds(6))!.Message, Does.EndWith("no answer within 1.8 s."));
    }

    [Test]
    public void Its_time_begins_with_its_own_first_look() =>
        Assert.That(Check().Begin(Start.AddSeconds(100)), Is.EqualTo(TimeSpan.FromSeconds(6)));

    [Test]
    public void That_it_waits_for_others_shortens_no_look()
    {
        var check = Check();
        check.Begin(Start);
        check.Judge(Host, ProbeResult.Failed("answers 500"), Start, Start.AddSeconds(1));
        Assert.That(check.Begin(Start.AddSeconds(5.5)), Is.EqualTo(TimeSpan.FromSeconds(4)), "what was left when it was due");
        check.Judge(Host, ProbeResult.Passed("answers 200"), Start.AddSeconds(1), Start.AddSeconds(9));
        Assert.That(check.FirstPassed, Is.Not.Null);
    }

    [Test]
    public void What_could_not_be_measured_once_behind_a_slow_check_is_measured_again()
    {
        var check = Check();
        check.Begin(Start.AddSeconds(100));
        Assert.That(check.Judge(Host, ProbeResult.CouldNotMeasure("the connection broke"), Start, Start.AddSeconds(101)), Is.Null);
    }

    private static WatchedCheck Check() => new("http", "ND0801", new NoProbe(), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6), grace: false);

    private sealed class NoProbe : IProbe
    {
        public Task<ProbeResult> ProbeAsync(ProbeContext round, TimeSpan limit, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
