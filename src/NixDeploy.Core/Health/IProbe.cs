using System.Collections.Immutable;
using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>Measures one condition on a host. There is one per check and watch, so it may keep earlier results.</summary>
internal interface IProbe
{
    /// <summary>The units whose states it needs.</summary>
    ImmutableArray<string> Units => [];

    /// <summary>Whether it needs more of the host's state than its units.</summary>
    bool WantsWholeState => false;

    /// <summary>Measures once. A <see cref="HostException"/> from it means that it could not be measured.</summary>
    Task<ProbeResult> ProbeAsync(ProbeContext round, TimeSpan limit, CancellationToken cancellationToken);
}

/// <summary>The result of one probe.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">What was found: a clause without a full stop.</param>
internal sealed record ProbeResult(CheckOutcome Outcome, string Detail)
{
    /// <summary>Whether waiting cannot change it.</summary>
    public bool Final { get; init; }

    /// <summary>Whether no answer came within the probe's time.</summary>
    public bool Unanswered { get; init; }

    /// <summary>The units that caused it, by their full names.</summary>
    public ImmutableArray<string> Culprits { get; init; } = [];

    public static ProbeResult Passed(string detail) => new(CheckOutcome.Passed, detail);

    public static ProbeResult Failed(string detail) => new(CheckOutcome.Failed, detail);

    public static ProbeResult CouldNotMeasure(string detail) => new(CheckOutcome.CouldNotMeasure, detail);
}

/// <summary>What the probes of one round share: the state that several need is asked once.</summary>
internal sealed class ProbeContext(TimeProvider time, ImmutableArray<string> units, bool wantsWholeState)
{
    private HostState? known;

    /// <summary>The connection that the next probe uses.</summary>
    public IHostSession Session { get; set; } = null!;

    public TimeProvider Time => time;

    /// <summary>The states of this round's units, and the rest of the host's state when a probe needs it.</summary>
    public async Task<HostState> StateAsync(CancellationToken cancellationToken) => known ??= wantsWholeState
        ? await Session.InspectAsync(units, cancellationToken)
        : new HostState { Units = await Session.UnitsAsync(units, cancellationToken) };
}
