using System.Collections.Concurrent;
using System.Collections.Immutable;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Nix;

/// <summary>The result of one item: its value, or why it does not evaluate.</summary>
internal sealed record Evaluated(JToken? Value, NixException? Error);

/// <summary>Evaluates many things together, in as many processes as there is room for, and isolates items that fail.</summary>
internal static class Evaluation
{
    /// <summary>An evaluator's memory only grows, so none gets more than this.</summary>
    private const int MostTogether = 25;

    /// <summary>Fewer than this are not worth a process of their own.</summary>
    private const int FewestTogether = 4;

    /// <summary>The result of each item.</summary>
    /// <param name="items">The items.</param>
    /// <param name="evaluate">Evaluates some of them and answers with a list in their order; throws when any of them does not evaluate.</param>
    /// <param name="evaluators">How many may run at once.</param>
    /// <param name="cancellationToken">Cancels the evaluation; its processes are ended.</param>
    public static async Task<IReadOnlyDictionary<T, Evaluated>> RunAsync<T>(
        ImmutableArray<T> items, Func<ImmutableArray<T>, CancellationToken, Task<JToken>> evaluate, int evaluators, CancellationToken cancellationToken)
        where T : notnull
    {
        var results = new ConcurrentDictionary<T, Evaluated>();
        using var room = new SemaphoreSlim(evaluators);
        await Task.WhenAll(Chunks(items, evaluators).Select(chunk => Halving.RunAsync(chunk, TakeAsync, Fail, cancellationToken))).ConfigureAwait(false);
        return results;

        async Task TakeAsync(ImmutableArray<T> chunk)
        {
            foreach (var (item, value) in chunk.Zip(await AskAsync(chunk).ConfigureAwait(false)))
            {
                results[item] = new Evaluated(value, null);
            }
        }

        void Fail(T item, Exception e) => results[item] = new Evaluated(null, e as NixException ?? NixErrors.Unexpected(e));

        async Task<JArray> AskAsync(ImmutableArray<T> chunk)
        {
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await evaluate(chunk, cancellationToken).ConfigureAwait(false) is JArray list && list.Count == chunk.Length
                    ? list
                    : throw new NixException("ND0308", "nix eval answered something else than a list with an element for each that was asked for.");
            }
            finally
            {
                room.Release();
            }
        }
    }

    /// <summary>Even chunks, as many as evaluators or more.</summary>
    internal static IEnumerable<ImmutableArray<T>> Chunks<T>(ImmutableArray<T> items, int evaluators)
    {
        var useful = Math.Min(evaluators, (items.Length + FewestTogether - 1) / FewestTogether);
        var count = Math.Max(useful, (items.Length + MostTogether - 1) / MostTogether);
        for (var (i, start) = (0, 0); i < count; i++)
        {
            var end = (int)((long)items.Length * (i + 1) / count);
            yield return items[start..end];
            start = end;
        }
    }
}
