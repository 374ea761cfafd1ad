using System.Globalization;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Reporting.Runs;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>A plain line per event, for logs of all kinds: time, host, what happened. No colours, no control sequences.</summary>
/// <param name="console">Where lines are written.</param>
/// <param name="time">The clock whose time zone is used.</param>
internal sealed class LineView(IAnsiConsole console, TimeProvider time) : IRunView
{
    private const int WidestName = 24;

    private int width = "run".Length;

    /// <inheritdoc/>
    public async Task ShowAsync(IAsyncEnumerable<RecordedEvent> events, CancellationToken cancellationToken)
    {
        var state = RunState.Empty;
        await foreach (var recorded in events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            state = Reducer.Apply(state, recorded);
            width = Math.Clamp(state.Hosts.Keys.Select(h => h.Value.Length).DefaultIfEmpty().Max(), width, WidestName);
            foreach (var line in EventLines.Of(recorded.Event))
            {
                console.WritePlain($"{TimeOf(recorded.At)} {(line.Host?.Value ?? "run").PadRight(width)}  {line.Text}");
            }
        }

        console.WritePlain("");
        foreach (var (_, text) in Summary.Block(state))
        {
            console.WritePlain(text);
        }
    }

    /// <summary>Does nothing: activity comes too often for a log.</summary>
    public void Say(HostName host, string activity)
    {
    }

    private string TimeOf(DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, time.LocalTimeZone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
