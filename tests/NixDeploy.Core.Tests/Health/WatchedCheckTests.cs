using NixDeploy.Fleets;
using NixDeploy.Health;

namespace NixDeploy.Tests.Health;

internal sealed class WatchedCheckTests
{
    private static readonly HostName Host = HostName.Parse("web1");
    private static readonly DateTimeOffset Start = new(2025, 1, 15, 15, 30, 0, TimeSpan.Zero);
    private static readonly Look Nothing = Look.Failed("no answer within 1.8 s") with { Unanswered = true };

    [Test]
    public void An_answer_says_more_than_the_silence_of_the_last_short_look()
    {
        var check = Check();
        Assert.That(check.Take(Host, Look.Failed("answers 500"), Start, Start.AddSeconds(4)), Is.Null);
        Assert.That(check.LimitAt(Start.AddSeconds(4)), Is.EqualTo(TimeSpan.FromSeconds(2)), "what is left");
        Assert.That(check.Take(Host, Nothing, Start.AddSeconds(4), Start.AddSeconds(6))!.Message, Is.EqualTo("web1: the check 'http' failed until its time was up: answers 500."));
    }

    [Test]
    public void Silence_is_told_where_nothing_else_was_heard() =>
        Assert.That(Check().Take(Host, Nothing, Start.AddSeconds(4), Start.AddSeconds(6))!.Message, Does.EndWith("no answer within 1.8 s."));

    private static WatchedCheck Check() => new("http", "ND0801", new NoProbe(), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(1), Start.AddSeconds(6), grace: false);

    private sealed class NoProbe : IProbe
    {
        public Task<Look> LookAsync(Round round, TimeSpan limit, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
