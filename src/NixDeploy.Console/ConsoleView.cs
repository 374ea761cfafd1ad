using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Reporting.Model;
using NixDeploy.Reporting.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace NixDeploy.Terminal;

/// <summary>The live view on a terminal: redrawn in place as events come, and with every frame for the clock.</summary>
/// <param name="console">The terminal. Other output would tear the picture.</param>
/// <param name="time">The clock.</param>
/// <param name="roles">The roles of hosts, where known.</param>
internal sealed class ConsoleView(IAnsiConsole console, TimeProvider time, IReadOnlyDictionary<HostName, string?>? roles = null) : IRunView
{
    /// <summary>A burst of events is drawn once: more than twenty pictures a second are not seen.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public async Task ShowAsync(IAsyncEnumerable<RunFrame> frames, CancellationToken cancellationToken)
    {
        var state = RunState.Empty;
        await console.Live(new FramePicture([], clip: true)).StartAsync(async live =>
        {
            var drawn = DateTimeOffset.MinValue;
            await foreach (var frame in frames.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                state = frame.State;
                if (frame.Ended || time.GetUtcNow() - drawn >= Shortest)
                {
                    live.UpdateTarget(Picture(state));
                    drawn = time.GetUtcNow();
                }
            }
        }).ConfigureAwait(false);

        console.WriteLine();
        console.Write(new FramePicture([.. Summary.Block(state).Select(l => new FrameLine(l))], clip: false));
    }

    private FramePicture Picture(RunState state)
    {
        // A row stays free for the cursor; a terminal of unknown size is taken for the smallest usual one.
        var (width, height) = (console.Profile.Width, console.Profile.Height);
        var frame = new ConsoleFrame(state, time.GetUtcNow(), width > 0 ? width : 80, (height > 0 ? height : 24) - 1) { Roles = roles };
        return new FramePicture(frame.Lines(), clip: true);
    }
}

/// <summary>Lines as Spectre draws them: no markup is read in them, and none is ever wrapped in the live picture.</summary>
internal sealed class FramePicture(IReadOnlyList<FrameLine> lines, bool clip) : Renderable
{
    /// <summary>Some terminals draw some characters wider than Spectre computes; a line that wraps would tear the picture.</summary>
    private const int Margin = 2;

    /// <inheritdoc/>
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        foreach (var line in lines)
        {
            var segments = line.Parts.Where(p => p.Text.Length > 0).Select(p => new Segment(Shown(p.Text, options.Unicode), StyleOf(p.Tone)));
            foreach (var segment in clip ? Clipped(segments, maxWidth - Margin, Shown("…", options.Unicode)) : segments)
            {
                yield return segment;
            }

            yield return Segment.LineBreak;
        }
    }

    /// <summary>As much of the line as fits, with an ellipsis where it is cut.</summary>
    private static IEnumerable<Segment> Clipped(IEnumerable<Segment> segments, int width, string cut)
    {
        foreach (var segment in segments)
        {
            if (segment.CellCount() <= width)
            {
                width -= segment.CellCount();
                yield return segment;
                continue;
            }

            if (width > cut.Length && Segment.Truncate(segment, width - cut.Length) is { } part)
            {
                yield return part;
                yield return new Segment(cut, segment.Style);
            }

            yield break;
        }
    }

    /// <summary>Terminals without Unicode get ASCII instead.</summary>
    private static string Shown(string text, bool unicode) => unicode ? text : string.Concat(text.Select(c => c switch
    {
        '█' => "#",
        '░' => ".",
        '━' => "-",
        '→' => "->",
        '…' => "...",
        _ => c <= '~' ? c.ToString() : "",
    }));

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Good => new Style(Color.Green),
        Tone.Active => new Style(Color.Blue),
        Tone.Warning => new Style(Color.Yellow),
        Tone.Bad => new Style(Color.Red),
        Tone.Quiet => new Style(Color.Grey),
        _ => Style.Plain,
    };
}
