using NixDeploy.Fleets;

namespace NixDeploy.Health;

/// <summary>The progress of one check in a watch, and what its next result means.</summary>
/// <param name="title">The name that is shown.</param>
/// <param name="code">The code of its failure.</param>
/// <param name="probe">What measures it.</param>
/// <param name="timeout">How long one probe may take, and how long it may stay unmeasurable.</param>
/// <param name="interval">The time between two probes; <see langword="null"/>: short until it has passed, then longer.</param>
/// <param name="toPass">The time from its first probe within which it must pass for the first time.</param>
/// <param name="grace">Whether until then no failure counts, not even a final one.</param>
internal sealed class WatchedCheck(string title, string code, IProbe probe, TimeSpan timeout, TimeSpan? interval, TimeSpan toPass, bool grace)
{
    private static readonly TimeSpan ShortestProbe = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SteadyInterval = TimeSpan.FromSeconds(5);

    private DateTimeOffset? began;
    private DateTimeOffset upBy;
    private DateTimeOffset? unmeasuredSince;
    private ProbeResult? last;

    public string Title => title;

    public IProbe Probe => probe;

    /// <summary>When the next probe is due.</summary>
    public DateTimeOffset Due { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>The round in which it passed for the first time.</summary>
    public DateTimeOffset? FirstPassed { get; private set; }

    /// <summary>The last round in which it passed.</summary>
    public DateTimeOffset? LastPassed { get; private set; }

    /// <summary>
    /// Starts a probe; the first one starts the check's clock. Returns how long it may take: what was left of the check's time when the
    /// probe was due, because waiting for other checks must not shorten it.
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
            : left > ShortestProbe ? left
            : ShortestProbe;
    }

    /// <summary>Takes a result; returns the problem when it is final.</summary>
    public Problem? Judge(HostName host, ProbeResult result, DateTimeOffset round, DateTimeOffset now)
    {
        if (result.Outcome == CheckOutcome.Passed)
        {
            FirstPassed ??= round;
            LastPassed = round;
        }

        Due = Next(result, now);
        var earlier = last;
        last = result;
        if (result.Outcome == CheckOutcome.CouldNotMeasure)
        {
            unmeasuredSince ??= began;
            return now - unmeasuredSince < timeout ? null
                : new Problem("ND0802", $"{host}: the check {Text.Quote(title)} could not be measured for {Duration.Of(timeout)}: {result.Detail}.");
        }

        unmeasuredSince = null;
        if (result.Outcome == CheckOutcome.Passed)
        {
            return null;
        }

        var late = FirstPassed is null && now >= upBy;
        var settled = result.Final && !grace;

        // The last probe has only the remaining time, so an earlier failure says more than its missing answer.
        var telling = late && result.Unanswered && earlier is { Outcome: CheckOutcome.Failed } ? earlier : result;
        return FirstPassed is null && !late && !settled ? null
            : new Problem(code, $"{host}: the check {Text.Quote(title)} failed{(late && !settled ? " until its time was up" : "")}: {telling.Detail}.");
    }

    /// <summary>Whether this result differs from the last one.</summary>
    public bool IsChanged(ProbeResult result) => last is null || last.Outcome != result.Outcome || last.Detail != result.Detail;

    /// <summary>Moves the next probe to the end of the window, or to now; what could not be measured is asked again after a pause.</summary>
    public void ProbeBy(DateTimeOffset end, DateTimeOffset now)
    {
        var soon = last?.Outcome == CheckOutcome.CouldNotMeasure && now + RetryInterval > end ? now + RetryInterval : end;
        Due = soon < Due ? soon : Due;
    }

    /// <summary>
    /// A long interval must not skip the time in which the check may still pass: then the next probe starts halfway to the deadline, and the
    /// last one at the deadline.
    /// </summary>
    private DateTimeOffset Next(ProbeResult result, DateTimeOffset now)
    {
        var next = now + (interval ?? (result.Outcome == CheckOutcome.Passed ? SteadyInterval : RetryInterval));
        if (FirstPassed is not null || next <= upBy || now >= upBy)
        {
            return next;
        }

        var half = (upBy - now) / 2;
        return half > ShortestProbe ? now + half : upBy;
    }
}
