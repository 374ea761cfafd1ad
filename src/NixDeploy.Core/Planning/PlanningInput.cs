using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.Topology;

namespace NixDeploy.Planning;

/// <summary>What is known when a plan is made.</summary>
/// <param name="Settings">The fleet's settings with the request's overrides.</param>
/// <param name="Graph">Who waits for whom.</param>
/// <param name="Changed">The hosts that are to change, in ordinal order.</param>
/// <param name="Skipped">The hosts that need nothing, in ordinal order.</param>
/// <param name="Unplannable">The hosts that cannot be deployed, and why.</param>
internal sealed record PlanningInput(
    FleetSettings Settings,
    DependencyGraph Graph,
    ImmutableArray<HostChange> Changed,
    ImmutableArray<SkippedHost> Skipped,
    ImmutableSortedDictionary<HostName, Problem> Unplannable)
{
    /// <summary>What is done with the systems.</summary>
    public ActivationMode Mode { get; init; }

    /// <summary>Whether hosts are rebooted, as this deployment wants it; <see langword="null"/> takes each host's, then the fleet's.</summary>
    public RebootPolicy? Reboot { get; init; }

    /// <summary>The hosts that cannot be reached and are skipped, or deferred to the next run.</summary>
    public ImmutableArray<UnreachableHost> Unreachable { get; init; } = [];

    /// <summary>What earlier runs took and how they ended.</summary>
    public DurationHistory History { get; init; } = DurationHistory.Empty;

    /// <summary>The hosts that have changed, that selected hosts depend on, and that were not selected.</summary>
    public ImmutableArray<HostName> NotSelected { get; init; } = [];

    /// <summary>What people should know of the fleet and its hosts, a sentence each.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>What is done about hosts that another run has locked.</summary>
    public LockPolicy Locks { get; init; } = LockPolicy.None;

    /// <summary>How the checks went that were made before anything is touched.</summary>
    public ImmutableArray<PreflightCheck> Preflight { get; init; } = [];

    /// <summary>The hosts of the fleet as far as they are known, those in <see cref="Unplannable"/> above all: one that does not evaluate need not be among them.</summary>
    public ImmutableSortedDictionary<HostName, Host> Described { get; init; } = ImmutableSortedDictionary<HostName, Host>.Empty;

    /// <summary>What the plan is made from.</summary>
    public PlanOrigin Origin { get; init; } = new("", null, "");
}

/// <summary>A host that is to change.</summary>
/// <param name="Host">The host.</param>
/// <param name="From">What it runs.</param>
/// <param name="To">What it is to run.</param>
public sealed record HostChange(Host Host, SystemRef From, SystemBuild To)
{
    /// <summary>The units that are failed now, by full name.</summary>
    public ImmutableArray<string> FailedBefore { get; init; } = [];

    /// <summary>How busy it is now; <see langword="null"/>: not known.</summary>
    public HostBaseline? Before { get; init; }

    /// <summary>An earlier generation to roll back to; <see langword="null"/> makes a new one.</summary>
    public int? Generation { get; init; }

    /// <summary>Whether it has the system already and is only to be rebooted into it.</summary>
    public bool RebootOnly { get; init; }

    /// <summary>What differs; <see langword="null"/> when the systems were not compared.</summary>
    public SystemChanges? Changes { get; init; }

    /// <summary>What becomes of it when it cannot be reached any more before it is touched.</summary>
    public UnreachablePolicy Unreachable { get; init; } = UnreachablePolicy.Fail;

    /// <summary>Whether the host has a generation to roll back to. Default true.</summary>
    public bool HasEarlier { get; init; } = true;

    /// <summary>A digest of the host's settings in the fleet.</summary>
    public string Digest { get; init; } = "";
}
