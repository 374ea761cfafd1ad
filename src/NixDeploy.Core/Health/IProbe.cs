using System.Collections.Immutable;
using NixDeploy.HostProtocol;

namespace NixDeploy.Health;

/// <summary>Looks at one thing on a host; one per check and watch, so it may remember what it saw.</summary>
internal interface IProbe
{
    /// <summary>The units that the look wants to see the states of.</summary>
    ImmutableArray<string> Units => [];

    /// <summary>Whether the look wants to know more of the host than the states of its units.</summary>
    bool WantsWholeState => false;

    /// <summary>Looks once. A <see cref="HostException"/> from it means that it could not be measured.</summary>
    Task<Look> LookAsync(Round round, TimeSpan limit, CancellationToken cancellationToken);
}

/// <summary>What one look saw.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">What was seen: a clause without a full stop.</param>
internal sealed record Look(CheckOutcome Outcome, string Detail)
{
    /// <summary>Whether waiting longer can change nothing.</summary>
    public bool Final { get; init; }

    /// <summary>Whether nothing came within the look's time.</summary>
    public bool Unanswered { get; init; }

    /// <summary>The units that are to blame, by their full names.</summary>
    public ImmutableArray<string> Culprits { get; init; } = [];

    public static Look Passed(string detail) => new(CheckOutcome.Passed, detail);

    public static Look Failed(string detail) => new(CheckOutcome.Failed, detail);

    public static Look CouldNotMeasure(string detail) => new(CheckOutcome.CouldNotMeasure, detail);
}

/// <summary>One round of looks: what several probes want to know of the host is asked once.</summary>
internal sealed class Round(TimeProvider time, ImmutableArray<string> units, bool wantsWholeState)
{
    private HostState? known;

    /// <summary>The connection that the next look goes over.</summary>
    public IHostSession Session { get; set; } = null!;

    public TimeProvider Time => time;

    /// <summary>The states of this round's units, and everything else that the host says of itself when a probe wants it.</summary>
    public async Task<HostState> StateAsync(CancellationToken cancellationToken) => known ??= wantsWholeState
        ? await Session.InspectAsync(units, cancellationToken)
        : new HostState { Units = await Session.UnitsAsync(units, cancellationToken) };
}
