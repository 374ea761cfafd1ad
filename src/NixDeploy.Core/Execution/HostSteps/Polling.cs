namespace NixDeploy.Execution.HostSteps;

/// <summary>Asks again and again until there is an answer.</summary>
internal static class Polling
{
    /// <summary>Asks until something is answered, or there is no further pause; <see langword="null"/> then.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="ask">Asks once; <see langword="null"/>: ask again.</param>
    /// <param name="pause">The pause before the next question, from the time that has passed; <see langword="null"/>: do not ask again.</param>
    /// <param name="cancellationToken">Cancels the asking; the host goes on with what it does.</param>
    public static async Task<T?> PollUntilAsync<T>(
        this TimeProvider time, Func<CancellationToken, Task<T?>> ask, Func<TimeSpan, TimeSpan?> pause, CancellationToken cancellationToken)
        where T : class
    {
        var begin = time.GetTimestamp();
        while (true)
        {
            if (await ask(cancellationToken).ConfigureAwait(false) is { } answer)
            {
                return answer;
            }

            if (pause(time.GetElapsedTime(begin)) is not { } wait)
            {
                return null;
            }

            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
