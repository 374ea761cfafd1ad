using System.Collections.Immutable;
using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>A unit is active, stays so, and is not restarted behind our back.</summary>
internal sealed class ServiceProbe(string unit) : IProbe
{
    private readonly string name = UnitName.Full(unit);
    private UnitState? first;

    public ImmutableArray<string> Units => [name];

    public async Task<ProbeResult> ProbeAsync(ProbeContext round, TimeSpan limit, CancellationToken cancellationToken)
    {
        var units = (await round.StateAsync(cancellationToken)).Units;
        return Judge(units.FirstOrDefault(u => u.Unit == name)) with { Culprits = [name] };
    }

    private ProbeResult Judge(UnitState? state) => state switch
    {
        null => ProbeResult.CouldNotMeasure($"the host said nothing of {name}"),
        { Load: "not-found" } => ProbeResult.Failed($"the host has no unit {name}") with { Final = true },
        { Active: "failed" } => ProbeResult.Failed($"{name} is failed") with { Final = true },
        { Active: "active" or "reloading" } => Running(state),
        _ => ProbeResult.Failed($"{name} is {Shown(state)}"),
    };

    private ProbeResult Running(UnitState state)
    {
        // What was restarted before it was up for the first time belongs to its start.
        first ??= state;
        var times = state.Restarts - first.Restarts;
        return times > 0 ? ProbeResult.Failed($"{name} restarted {(times == 1 ? "once" : $"{times} times")}") with { Final = true }
            : state.Invocation != first.Invocation ? ProbeResult.Failed($"{name} was restarted meanwhile") with { Final = true }
            : ProbeResult.Passed($"{name} is {Shown(state)}");
    }

    private static string Shown(UnitState state) => state.Sub.Length > 0 ? $"{state.Active} ({state.Sub})" : state.Active;
}
