using System.Globalization;
using NixDeploy.Events;
using NixDeploy.Reporting.Runs;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>A plain line per event, for logs of all kinds: time, host, what happened. No colours, no control sequences.</summary>
/// <param name="console">Where lines are written.</param>
/// <param name="time">The clock whose time zone is used.</param>
internal sealed class LineView(IAnsiConsole console, TimeProvider time) : IRunView
{
    private const int WidestName = 24;

    /// <inheritdoc/>
    public async Task ShowAsync(IAsyncEnumerable<RunFrame> frames, CancellationToken cancellationToken)
    {
        var (state, width) = (RunState.Empty, 0);
        await foreach (var frame in frames.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            state = frame.State;
            foreach (var recorded in frame.News)
            {
                width = recorded.Event is RunStarted ? WidthOf(state) : width;
                foreach (var line in EventLines.Of(recorded.Event))
                {
                    console.WritePlain($"{TimeOf(recorded.At)} {(line.Host?.Value ?? "run").PadRight(width)}  {line.Text}");
                }
            }
        }

        console.WritePlain("");
        foreach (var (_, text) in Summary.Block(state))
        {
            console.WritePlain(text);
        }
    }

    private static int WidthOf(RunState state) => Math.Clamp(state.Hosts.Keys.Select(h => h.Value.Length).DefaultIfEmpty().Max(), "run".Length, WidestName);

    private string TimeOf(DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, time.LocalTimeZone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
