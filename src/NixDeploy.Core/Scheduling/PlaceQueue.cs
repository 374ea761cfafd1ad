using System.Collections.Immutable;

namespace NixDeploy.Scheduling;

/// <summary>Places of which there are so many: in all, for each limited tag, and beside certain holders. The first that fits gets one.</summary>
/// <remarks>Those that are limited alike wait in one line, so that finding the first that fits costs the same however many wait.</remarks>
internal sealed class PlaceQueue(int limit, IReadOnlyDictionary<string, int> tagLimits)
{
    private readonly Dictionary<string, NumberSet> lines = new(StringComparer.Ordinal);

    /// <summary>By order: who waits, and in which line.</summary>
    private (GraphNode Item, NumberSet Line)?[] waiting = [];
    private readonly Dictionary<string, int> takenOfTag = new(StringComparer.Ordinal);
    private readonly List<int> limitsOfHolders = [];

    public int Taken { get; private set; }

    /// <summary>How many places are free, tags and holders aside.</summary>
    public int Free => limit - Taken;

    public int Waiting { get; private set; }

    /// <summary>The one that waits and goes last; <see langword="null"/> when none waits.</summary>
    public GraphNode? Last => lines.Values.Max(l => l.Max) is { } order ? waiting[order]!.Value.Item : null;

    public void Add(GraphNode item)
    {
        var key = item.Tags.IsEmpty && item.ParallelLimit is null ? "" : $"{item.ParallelLimit}\n{string.Join('\n', item.Tags)}";
        if (!lines.TryGetValue(key, out var line))
        {
            lines.Add(key, line = new NumberSet());
        }

        if (item.Order >= waiting.Length)
        {
            Array.Resize(ref waiting, Math.Max(item.Order + 1, waiting.Length * 2));
        }

        if (waiting[item.Order] is null)
        {
            waiting[item.Order] = (item, line);
            line.Add(item.Order);
            Waiting++;
        }
    }

    /// <summary>Lets go of one that waits; nothing when it does not.</summary>
    public void Remove(GraphNode item)
    {
        if (item.Order < waiting.Length && waiting[item.Order] is { } place && ReferenceEquals(place.Item, item))
        {
            waiting[item.Order] = null;
            place.Line.Remove(item.Order);
            Waiting--;
        }
    }

    /// <summary>The first that fits, without giving it a place.</summary>
    public GraphNode? First()
    {
        GraphNode? first = null;
        if (Free > 0)
        {
            foreach (var line in lines.Values)
            {
                if (line.Min is { } order && !(first?.Order < order) && waiting[order]!.Value.Item is var item && Fits(item))
                {
                    first = item;
                }
            }
        }

        return first;
    }

    /// <summary>Gives a place to one that waits.</summary>
    public void Take(GraphNode item)
    {
        Remove(item);
        Taken++;
        foreach (var tag in item.Tags)
        {
            takenOfTag[tag] = takenOfTag.GetValueOrDefault(tag) + 1;
        }

        if (item.ParallelLimit is { } own)
        {
            limitsOfHolders.Add(own);
        }
    }

    /// <summary>Takes the place back.</summary>
    public void Release(GraphNode item)
    {
        Taken--;
        foreach (var tag in item.Tags)
        {
            takenOfTag[tag]--;
        }

        if (item.ParallelLimit is { } own)
        {
            limitsOfHolders.Remove(own);
        }
    }

    private bool Fits(GraphNode item) =>
        Taken < (item.ParallelLimit ?? int.MaxValue)
        && limitsOfHolders.TrueForAll(l => Taken < l)
        && (item.Tags.IsEmpty || item.Tags.All(t => takenOfTag.GetValueOrDefault(t) < tagLimits.GetValueOrDefault(t, int.MaxValue)));
}
