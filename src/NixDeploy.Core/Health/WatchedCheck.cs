using NixDeploy.Fleets;

namespace NixDeploy.Health;

/// <summary>How far one check has come in a watch, and what its next look means.</summary>
/// <param name="title">What people know it by.</param>
/// <param name="code">The code of its failure.</param>
/// <param name="probe">What looks.</param>
/// <param name="timeout">How long one look may take, and how long it may stay unmeasurable.</param>
/// <param name="interval">The time between two looks; <see langword="null"/>: once it has passed, only when it is asked for.</param>
/// <param name="upBy">When it must have passed for the first time.</param>
/// <param name="grace">Whether until then no failure counts at all, not even one that waiting does not mend.</param>
internal sealed class WatchedCheck(string title, string code, IProbe probe, TimeSpan timeout, TimeSpan? interval, DateTimeOffset upBy, bool grace)
{
    private static readonly TimeSpan ShortestLook = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private DateTimeOffset? unmeasuredSince;
    private Look? last;

    public string Title => title;

    public IProbe Probe => probe;

    /// <summary>When it is to be looked at next.</summary>
    public DateTimeOffset Due { get; set; } = DateTimeOffset.MinValue;

    /// <summary>The round in which it passed for the first time.</summary>
    public DateTimeOffset? FirstPassed { get; private set; }

    /// <summary>The last round in which it passed.</summary>
    public DateTimeOffset? LastPassed { get; private set; }

    /// <summary>How long one look may take.</summary>
    public TimeSpan LimitAt(DateTimeOffset now) =>
        FirstPassed is not null || upBy - now >= timeout ? timeout
        : upBy - now > ShortestLook ? upBy - now
        : ShortestLook;

    /// <summary>Takes in a look; answers the problem when that settles it.</summary>
    public Problem? Take(HostName host, Look look, DateTimeOffset round, DateTimeOffset now)
    {
        Due = interval is null && look.Outcome == CheckOutcome.Passed ? DateTimeOffset.MaxValue : now + (interval ?? RetryInterval);
        var earlier = last;
        last = look;
        if (look.Outcome == CheckOutcome.CouldNotMeasure)
        {
            unmeasuredSince ??= round;
            return now - unmeasuredSince < timeout ? null
                : new Problem("ND0802", $"{host}: the check {Text.Quote(title)} could not be measured for {Duration.Of(timeout)}: {look.Detail}.");
        }

        unmeasuredSince = null;
        if (look.Outcome == CheckOutcome.Passed)
        {
            FirstPassed ??= round;
            LastPassed = round;
            return null;
        }

        var late = FirstPassed is null && now >= upBy;
        var settled = look.Final && !grace;

        // The last look has only what is left of the time: that nothing came in it says less than what came before.
        var telling = late && look.Unanswered && earlier is { Outcome: CheckOutcome.Failed } ? earlier : look;
        return FirstPassed is null && !late && !settled ? null
            : new Problem(code, $"{host}: the check {Text.Quote(title)} failed{(late && !settled ? " until its time was up" : "")}: {telling.Detail}.");
    }

    /// <summary>Whether this look says something that the last one did not.</summary>
    public bool IsNews(Look look) => last is null || last.Outcome != look.Outcome || last.Detail != look.Detail;
}
