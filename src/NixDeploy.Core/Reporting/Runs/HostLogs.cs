using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;
using NixDeploy.Reporting.Model;

namespace NixDeploy.Reporting.Runs;

/// <summary>The hosts' logs, one file each (<c>deployment-logs/HOST.log</c>): whole lines with their times. Thread-safe.</summary>
/// <remarks>
/// One writer serves a bounded queue. Lines that must not be lost wait for room (<see cref="AppendAsync"/>); build output,
/// which comes in bulk, does not (<see cref="Offer"/>): lines that do not fit are dropped and counted.
/// A disk failure stops the logs and nothing else; see <see cref="Fault"/>.
/// </remarks>
internal sealed class HostLogs : IRunObserver, IAsyncDisposable
{
    private const int Room = 4096;

    private readonly Channel<Entry> queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(Room) { SingleReader = true });
    private readonly ConcurrentDictionary<HostName, int> lost = new();
    private readonly RunFolder folder;
    private readonly TimeProvider time;
    private readonly Task writer;

    /// <summary>Opens the logs of a new or resumed run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="time">The clock that stamps the lines.</param>
    public HostLogs(RunFolder folder, TimeProvider time)
    {
        this.folder = folder;
        this.time = time;
        writer = Task.Run(WriteAsync);
    }

    /// <inheritdoc/>
    public string Name => "host logs";

    /// <summary>What stopped the writing; <see langword="null"/> otherwise.</summary>
    public Exception? Fault { get; private set; }

    /// <inheritdoc/>
    public async Task ObserveAsync(RunFrame frame, CancellationToken cancellationToken = default)
    {
        foreach (var line in frame.News.SelectMany(e => EventLines.Of(e.Event)))
        {
            if (line.Host is { } host)
            {
                await AppendAsync(host, line.Text, cancellationToken).ConfigureAwait(false);
            }
        }

        if (frame.Ended)
        {
            await DisposeAsync().ConfigureAwait(false);
        }

        if (Fault is { } fault)
        {
            throw new StateException("ND0713", $"The logs in {Text.Quote(folder.Logs)} cannot be written: {fault.Message}", fault);
        }
    }

    /// <inheritdoc/>
    public void Notice(RunActivity activity)
    {
        if (activity.Host is { } host)
        {
            foreach (var line in activity.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Offer(host, line);
            }
        }
    }

    /// <summary>Adds text to a host's log, a line for each of its lines. Waits for room; once closed it does nothing.</summary>
    public async ValueTask AppendAsync(HostName host, string line, CancellationToken cancellationToken = default)
    {
        try
        {
            await queue.Writer.WriteAsync(new Entry(host, time.GetUtcNow(), line), cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // A line that comes after the end has no log any more.
        }
    }

    /// <summary>The same without waiting: <see langword="false"/> when there is no room, and the line is dropped.</summary>
    public bool Offer(HostName host, string line)
    {
        var taken = queue.Writer.TryWrite(new Entry(host, time.GetUtcNow(), line));
        if (!taken)
        {
            lost.AddOrUpdate(host, 1, (_, n) => n + 1);
        }

        return taken;
    }

    /// <summary>Writes what is queued and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await writer.ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        var batch = new List<Entry>();
        while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (batch.Count < Room && queue.Reader.TryRead(out var entry))
            {
                batch.Add(entry);
            }

            await WriteAsync(batch).ConfigureAwait(false);
            batch.Clear();
        }

        await WriteAsync(lost.Keys.Select(h => new Entry(h, time.GetUtcNow(), null))).ConfigureAwait(false);
    }

    /// <summary>One write per host and batch, so that a reader sees whole lines.</summary>
    private async Task WriteAsync(IEnumerable<Entry> batch)
    {
        foreach (var ofHost in batch.GroupBy(e => e.Host))
        {
            if (Fault is not null)
            {
                return;
            }

            try
            {
                var text = Encoding.UTF8.GetBytes(string.Concat(ofHost.SelectMany(Lines).Concat(LostOf(ofHost.Key))));
                await using var file = PrivateFiles.Open(folder.LogOf(ofHost.Key), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
                await file.WriteAsync(text).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Fault = e;
            }
        }
    }

    private IEnumerable<string> LostOf(HostName host) =>
        lost.TryRemove(host, out var count) ? [Stamped(time.GetUtcNow(), $"… {Amounts.Count(count, "line")} dropped: they came faster than they could be written")] : [];

    private static IEnumerable<string> Lines(Entry entry) =>
        entry.Line is null ? [] : Printable.Lines(entry.Line).Select(line => Stamped(entry.At, line));

    private static string Stamped(DateTimeOffset at, string line) =>
        string.Create(CultureInfo.InvariantCulture, $"{at.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {line}\n");

    private readonly record struct Entry(HostName Host, DateTimeOffset At, string? Line);
}
