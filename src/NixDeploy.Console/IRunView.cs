using NixDeploy.Events;
using NixDeploy.Fleets;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Shows a run while it happens.</summary>
public interface IRunView
{
    /// <summary>Shows the run until its log ends, then its summary.</summary>
    /// <param name="frames">The run, from its first event, as <see cref="DeploymentRun.FramesAsync"/> gives it.</param>
    /// <param name="cancellationToken">Stops the view; the run continues.</param>
    Task ShowAsync(IAsyncEnumerable<RunFrame> frames, CancellationToken cancellationToken = default);
}

/// <summary>Chooses a view for a console.</summary>
public static class RunView
{
    /// <summary>The live view on a terminal that can redraw; a line per event everywhere else.</summary>
    /// <param name="console">Where the run is shown.</param>
    /// <param name="time">The clock.</param>
    /// <param name="roles">The roles of hosts, where known.</param>
    public static IRunView For(IAnsiConsole console, TimeProvider time, IReadOnlyDictionary<HostName, string?>? roles = null)
    {
        var profile = console.Profile;
        return profile.Capabilities is { Interactive: true, Ansi: true } && profile.Out.IsTerminal
            ? new ConsoleView(console, time, roles)
            : new LineView(console, time);
    }
}
