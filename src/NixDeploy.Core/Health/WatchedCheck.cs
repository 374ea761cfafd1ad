using NixDeploy.Fleets;

namespace NixDeploy.Health;

/// <summary>How far one check has come in a watch, and what its next look means.</summary>
/// <param name="title">What people know it by.</param>
/// <param name="code">The code of its failure.</param>
/// <param name="probe">What looks.</param>
/// <param name="timeout">How long one look may take, and how long it may stay unmeasurable.</param>
/// <param name="interval">The time between two looks; <see langword="null"/>: short until it has passed, and longer then.</param>
/// <param name="toPass">How long after its first look it must have passed for the first time.</param>
/// <param name="grace">Whether until then no failure counts at all, not even one that waiting does not mend.</param>
internal sealed class WatchedCheck(string title, string code, IProbe probe, TimeSpan timeout, TimeSpan? interval, TimeSpan toPass, bool grace)
{
    private static readonly TimeSpan ShortestLook = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SteadyInterval = TimeSpan.FromSeconds(5);

    private DateTimeOffset? began;
    private DateTimeOffset upBy;
    private DateTimeOffset? unmeasuredSince;
    private Look? last;

    public string Title => title;

    public IProbe Probe => probe;

    /// <summary>When it is to be looked at next.</summary>
    public DateTimeOffset Due { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>The round in which it passed for the first time.</summary>
    public DateTimeOffset? FirstPassed { get; private set; }

    /// <summary>The last round in which it passed.</summary>
    public DateTimeOffset? LastPassed { get; private set; }

    /// <summary>
    /// A look begins; the first one starts the check's own clock. Answers how long it may take: what was left of the check's time when it was
    /// due, for that it had to wait for others is not its fault.
    /// </summary>
    public TimeSpan Begin(DateTimeOffset now)
    {
        if (began is null)
        {
            (upBy, Due) = (now + toPass, now);
        }

        began = now;
        var left = upBy - Due;
        return FirstPassed is not null || left >= timeout ? timeout
            : left > ShortestLook ? left
            : ShortestLook;
    }

    /// <summary>Takes in a look; answers the problem when that settles it.</summary>
    public Problem? Take(HostName host, Look look, DateTimeOffset round, DateTimeOffset now)
    {
        if (look.Outcome == CheckOutcome.Passed)
        {
            FirstPassed ??= round;
            LastPassed = round;
        }

        Due = Next(look, now);
        var earlier = last;
        last = look;
        if (look.Outcome == CheckOutcome.CouldNotMeasure)
        {
            unmeasuredSince ??= began;
            return now - unmeasuredSince < timeout ? null
                : new Problem("ND0802", $"{host}: the check {Text.Quote(title)} could not be measured for {Duration.Of(timeout)}: {look.Detail}.");
        }

        unmeasuredSince = null;
        if (look.Outcome == CheckOutcome.Passed)
        {
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

    /// <summary>Looks again when the window ends, or at once; what could not be measured then is not asked again without a pause.</summary>
    public void LookBy(DateTimeOffset end, DateTimeOffset now)
    {
        var soon = last?.Outcome == CheckOutcome.CouldNotMeasure && now + RetryInterval > end ? now + RetryInterval : end;
        Due = soon < Due ? soon : Due;
    }

    /// <summary>
    /// A long interval does not sleep through the time in which the check may come up: where it would, the next look has half of what is
    /// left before it and half behind it, to be answered in; the very last one comes when the time is up.
    /// </summary>
    private DateTimeOffset Next(Look look, DateTimeOffset now)
    {
        var next = now + (interval ?? (look.Outcome == CheckOutcome.Passed ? SteadyInterval : RetryInterval));
        if (FirstPassed is not null || next <= upBy || now >= upBy)
        {
            return next;
        }

        var half = (upBy - now) / 2;
        return half > ShortestLook ? now + half : upBy;
    }
}
