using NixDeploy.Events;
using NixDeploy.Fleets;
using Spectre.Console;

namespace NixDeploy.Terminal;

/// <summary>Shows a run to the person who waits for it.</summary>
public interface IRunView
{
    /// <summary>Shows the run until its log ends, then its summary. Cancelling stops only the viewing.</summary>
    /// <param name="events">The run's events, from the first.</param>
    /// <param name="cancellationToken">Leaves.</param>
    Task ShowAsync(IAsyncEnumerable<RecordedEvent> events, CancellationToken cancellationToken);

    /// <summary>What is being done on a host right now, such as a download: shown where there is room for it. Thread-safe, never waits.</summary>
    void Say(HostName host, string activity);
}

/// <summary>Picks a view.</summary>
public static class RunView
{
    /// <summary>The live view on a terminal that can redraw; a line per event everywhere else.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="roles">What the hosts are for, where known.</param>
    public static IRunView For(IAnsiConsole console, TimeProvider time, IReadOnlyDictionary<HostName, string?>? roles = null)
    {
        var profile = console.Profile;
        return profile.Capabilities is { Interactive: true, Ansi: true } && profile.Out.IsTerminal
            ? new ConsoleView(console, time, roles)
            : new LineView(console, time);
    }
}
