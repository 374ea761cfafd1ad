using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Topology;

namespace NixDeploy.Planning;

/// <summary>What a strategy decides upon: the hosts that have changed and can be deployed.</summary>
/// <param name="Settings">The fleet's settings with the request's overrides.</param>
/// <param name="Hosts">The hosts, in ordinal order.</param>
/// <param name="Waits">For each of them what it waits for.</param>
/// <param name="StartOrder">
/// Their names in the order in which they start where nothing else decides: the longest remaining path first, then infrastructure, then
/// by name.
/// </param>
public sealed record StrategyInput(FleetSettings Settings, ImmutableArray<HostOutlook> Hosts, Waits Waits, ImmutableArray<HostName> StartOrder)
{
    /// <summary>What is done with the systems.</summary>
    public ActivationMode Mode { get; init; }

    /// <summary>The selected hosts that cannot be deployed, and the changed ones that wait for them, in ordinal order.</summary>
    public ImmutableArray<BlockedOutlook> Blocked { get; init; } = [];

    /// <summary>The selected hosts that cannot be reached and are skipped or deferred, and those that are deferred with them, in ordinal order.</summary>
    public ImmutableArray<BlockedOutlook> Absent { get; init; } = [];

    /// <summary>The selected hosts that run what they should, as far as they are described, in ordinal order.</summary>
    public ImmutableArray<Host> Unchanged { get; init; } = [];
}

/// <summary>A host that cannot be deployed.</summary>
/// <param name="Name">The host.</param>
/// <param name="Because">The host it waits for that cannot be deployed; <see langword="null"/> when it is this one itself.</param>
/// <param name="Host">Its description; <see langword="null"/> when that is not known, so that nothing can be ruled out.</param>
public sealed record BlockedOutlook(HostName Name, HostName? Because, Host? Host);

/// <summary>A host that is to change, and what is expected of it.</summary>
/// <param name="Change">The host and its change.</param>
/// <param name="Estimate">How long it is expected to take.</param>
/// <param name="Risk">What may go wrong.</param>
public sealed record HostOutlook(HostChange Change, HostEstimate Estimate, Risk Risk)
{
    /// <summary>Whether it is rebooted once it is deployed, where that is needed or in any case.</summary>
    public bool Reboots { get; init; }

    /// <summary>The host's name.</summary>
    public HostName Name => Change.Host.Name;
}
