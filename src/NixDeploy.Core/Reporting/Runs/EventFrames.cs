using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using NixDeploy.Events;

namespace NixDeploy.Reporting.Runs;

/// <summary>What a follower sees at once: the state, and what came since it last looked (nothing, when only time has passed).</summary>
internal readonly record struct EventFrame(RunState State, ImmutableArray<RecordedEvent> News);

/// <summary>A run's events as frames, for those who show or write its state.</summary>
internal static class EventFrames
{
    /// <summary>Enough to catch up quickly, few enough to show something on the way.</summary>
    private const int MostNews = 1000;

    /// <summary>A frame whenever events have come, and at least one each period.</summary>
    public static async IAsyncEnumerable<EventFrame> FramesAsync(
        this IAsyncEnumerable<RecordedEvent> events, TimeSpan period, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var source = events.GetAsyncEnumerator(leave.Token);
        var state = RunState.Empty;
        var next = source.MoveNextAsync().AsTask();
        Task? tick = null;
        try
        {
            while (true)
            {
                tick ??= Task.Delay(period, time, leave.Token);
                var news = ImmutableArray.CreateBuilder<RecordedEvent>();
                if (await Task.WhenAny(next, tick).ConfigureAwait(false) == tick)
                {
                    tick = null;
                }

                cancellationToken.ThrowIfCancellationRequested();
                while (next.IsCompleted && news.Count < MostNews)
                {
                    if (!await next.ConfigureAwait(false))
                    {
                        if (news.Count > 0)
                        {
                            yield return new(state, news.ToImmutable());
                        }

                        yield break;
                    }

                    news.Add(source.Current);
                    state = Reducer.Apply(state, source.Current);
                    next = source.MoveNextAsync().AsTask();
                }

                yield return new(state, news.ToImmutable());
            }
        }
        finally
        {
            // A source can be disposed of only when it is not being waited for.
            await leave.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
