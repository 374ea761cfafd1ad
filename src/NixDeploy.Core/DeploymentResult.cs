using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Journal;

namespace NixDeploy;

/// <summary>How a run ended.</summary>
/// <param name="Outcome">In one word.</param>
/// <param name="State">Everything that is known of it.</param>
/// <param name="Folder">Where its report, status and logs are.</param>
public sealed record DeploymentResult(RunOutcome Outcome, RunState State, RunFolder Folder)
{
    /// <summary>The exit code that says it; <see cref="ExitCodes"/> has their meaning.</summary>
    public int ExitCode => ExitCodes.Of(Outcome);

    /// <summary>The hosts that the run has left to their guards or lost, in ordinal order: Status tells what became of them.</summary>
    public ImmutableArray<HostName> LeftToGuards => [.. State.Hosts.Values.Where(h => h.Status == HostStatus.Unknown).Select(h => h.Host)];

    /// <summary>What went wrong beside the hosts: an observer that failed, a lease that was lost.</summary>
    public ImmutableArray<Problem> Warnings { get; init; } = [];

    /// <summary>The hosts on which something was begun whose end is not recorded, in ordinal order.</summary>
    internal static IEnumerable<HostName> InFlightOf(RunState state) =>
        state.Hosts.Values.Where(h => !h.Ended && h.Status is not (HostStatus.Pending or HostStatus.Building or HostStatus.Baking)).Select(h => h.Host);
}
