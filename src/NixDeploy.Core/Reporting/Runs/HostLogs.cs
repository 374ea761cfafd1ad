using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Reporting.Model;

namespace NixDeploy.Reporting.Runs;

/// <summary>The hosts' logs, one file each (<c>deployment-logs/HOST.log</c>): whole lines with their times, written with each frame.</summary>
/// <remarks>Build output comes in bulk: lines of it for which there is no room until the next frame are dropped and counted.</remarks>
/// <param name="folder">The run's folder.</param>
/// <param name="time">The clock that stamps the output.</param>
internal sealed class HostLogs(RunFolder folder, TimeProvider time) : IRunObserver
{
    private const int Room = 16384;

    private readonly ConcurrentQueue<Entry> output = new();
    private readonly ConcurrentDictionary<HostName, int> lost = new();

    /// <inheritdoc/>
    public string Name => "host logs";

    /// <inheritdoc/>
    /// <exception cref="StateException"><c>ND0713</c>: the logs could not be written.</exception>
    public async Task ObserveAsync(RunFrame frame, CancellationToken cancellationToken = default)
    {
        var news = frame.News.SelectMany(e => EventLines.Of(e.Event).Where(l => l.Host is not null).Select(l => new Entry(l.Host!.Value, e.At, l.Text)));
        try
        {
            // One write per host, so that a reader sees whole lines.
            foreach (var ofHost in TakeOutput().Concat(news).OrderBy(e => e.At).GroupBy(e => e.Host))
            {
                await using var file = PrivateFiles.Open(folder.LogOf(ofHost.Key), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
                await file.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(ofHost.SelectMany(Lines))), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateException("ND0713", $"The logs in {Text.Quote(folder.Logs)} cannot be written: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Notice(RunActivity activity)
    {
        foreach (var line in activity.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (activity.Host is not { } host)
            {
                return;
            }

            if (output.Count < Room)
            {
                output.Enqueue(new Entry(host, time.GetUtcNow(), line));
            }
            else
            {
                lost.AddOrUpdate(host, 1, (_, n) => n + 1);
            }
        }
    }

    private IEnumerable<Entry> TakeOutput()
    {
        while (output.TryDequeue(out var entry))
        {
            yield return entry;
        }

        foreach (var host in lost.Keys)
        {
            if (lost.TryRemove(host, out var count))
            {
                yield return new Entry(host, time.GetUtcNow(), $"… {Amounts.Count(count, "line")} dropped: they came faster than they could be written");
            }
        }
    }

    private static IEnumerable<string> Lines(Entry entry) => Printable.Lines(entry.Text)
        .Select(line => string.Create(CultureInfo.InvariantCulture, $"{entry.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {line}\n"));

    private readonly record struct Entry(HostName Host, DateTimeOffset At, string Text);
}
