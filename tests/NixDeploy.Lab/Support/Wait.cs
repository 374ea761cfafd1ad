namespace NixDeploy.Labs.Support;

/// <summary>Waits for conditions, never for time alone.</summary>
internal static class Wait
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50), Last = TimeSpan.FromMilliseconds(400);

    /// <summary>Here <paramref name="what"/> completes the sentence "gave up waiting after 60 s for …".</summary>
    /// <exception cref="TimeoutException">The condition did not come true before the deadline.</exception>
    public static async Task UntilAsync(
        Func<CancellationToken, Task<bool>> condition, string what, TimeSpan within, CancellationToken ct)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        var pause = First;
        while (!await condition(ct))
        {
            if (time.GetElapsedTime(start) > within)
            {
                throw new TimeoutException($"Gave up waiting after {within.TotalSeconds:0} s for {what}.");
            }

            await Task.Delay(pause, time, ct);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 3 / 2, Last.Ticks)); // asking costs the hosts time too
        }
    }
}
