using System.Collections.Immutable;
using NixDeploy.Hosts;

namespace NixDeploy.Health;

/// <summary>Looks at one thing on a host; one per check and watch, so it may remember what it saw.</summary>
internal interface IProbe
{
    /// <summary>The units that the look wants to see the states of.</summary>
    ImmutableArray<string> Units => [];

    /// <summary>Whether the look wants to know all failed units.</summary>
    bool WantsFailedUnits => false;

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

    /// <summary>The units that are to blame, by their full names.</summary>
    public ImmutableArray<string> Culprits { get; init; } = [];

    public static Look Passed(string detail) => new(CheckOutcome.Passed, detail);

    public static Look Failed(string detail) => new(CheckOutcome.Failed, detail);

    public static Look CouldNotMeasure(string detail) => new(CheckOutcome.CouldNotMeasure, detail);
}

/// <summary>One round of looks through one session: what several probes want to know of units is asked once.</summary>
internal sealed class Round(IHostSession session, TimeProvider time, ImmutableArray<string> units, bool wantsFailedUnits)
{
    private Task<HostState>? asked;

    public IHostSession Session => session;

    public TimeProvider Time => time;

    /// <summary>The states of this round's units, and the failed units when a probe wants them.</summary>
    public Task<HostState> StateAsync(CancellationToken cancellationToken) => asked ??= AskAsync(cancellationToken);

    private async Task<HostState> AskAsync(CancellationToken cancellationToken) => wantsFailedUnits
        ? await session.InspectAsync(units, cancellationToken)
        : new HostState { Units = await session.UnitsAsync(units, cancellationToken) };
}
