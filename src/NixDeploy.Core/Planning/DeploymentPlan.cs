using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>What a run will do, as data: which hosts, to which system, in which order.</summary>
/// <remarks>
/// Invariants: every host is in exactly one stage that brings it to <see cref="Milestone.Committed"/>, its milestones never
/// decrease from stage to stage, and the hosts in its <see cref="HostPlan.After"/> are in <see cref="Hosts"/> or <see cref="Bridges"/>.
/// </remarks>
/// <param name="Schema">The version of this shape: <see cref="CurrentSchema"/>.</param>
/// <param name="Strategy">The strategy's name.</param>
/// <param name="Reasons">Why the strategy planned so, a sentence each.</param>
/// <param name="Limits">How much may happen at once.</param>
/// <param name="Budget">How many hosts may fail before the run is halted and rolled back.</param>
/// <param name="Hosts">The hosts that change, in ordinal order.</param>
/// <param name="Skipped">The hosts that need nothing, in ordinal order.</param>
/// <param name="Blocked">The hosts that cannot be deployed, known while planning, in ordinal order.</param>
/// <param name="Stages">What happens, one stage after the other.</param>
public sealed record DeploymentPlan(
    int Schema,
    string Strategy,
    ImmutableArray<string> Reasons,
    Limits Limits,
    FailureBudget Budget,
    ImmutableArray<HostPlan> Hosts,
    ImmutableArray<SkippedHost> Skipped,
    ImmutableArray<BlockedHost> Blocked,
    ImmutableArray<Stage> Stages)
{
    /// <summary>The version of the shape that this library writes.</summary>
    public const int CurrentSchema = 4;

    /// <summary>What to do with the others when a host fails.</summary>
    public OnFailure OnFailure { get; init; } = OnFailure.Continue;

    /// <summary>What to do with the others when a host does not build. Plans of versions that did not know this continue.</summary>
    public OnBuildFailure OnBuildFailure { get; init; } = OnBuildFailure.Continue;

    /// <summary>Things a person should know before saying yes, a sentence each.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>How the checks went that were made before anything is touched, in their order.</summary>
    public ImmutableArray<PreflightCheck> Preflight { get; init; } = [];

    /// <summary>The hosts that cannot be reached and are skipped or deferred, in ordinal order.</summary>
    public ImmutableArray<UnreachableHost> Unreachable { get; init; } = [];

    /// <summary>The hosts to which nothing happens, and that hosts of the plan are behind: in ordinal order.</summary>
    public ImmutableArray<BridgeHost> Bridges { get; init; } = [];

    /// <summary>Role and dependencies of the plan's hosts that do not change, in ordinal order.</summary>
    public ImmutableArray<OtherHost> Others { get; init; } = [];

    /// <summary>What is done about hosts that another run has locked.</summary>
    public LockPolicy Locks { get; init; } = LockPolicy.None;

    /// <summary>The configurations of the fleet that are not deployed, by name, and the rule that says so.</summary>
    public ImmutableSortedDictionary<string, string> NotDeployed { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The hosts whose machine was accepted although it seemed to be another host's, in the order in which they were named.</summary>
    public ImmutableArray<HostName> AcceptedMachines { get; init; } = [];

    /// <summary>What may go wrong, and why.</summary>
    public Risk Risk { get; init; } = Risk.Low;

    /// <summary>How long it is expected to take.</summary>
    public PlanEstimate Estimate { get; init; } = PlanEstimate.None;

    /// <summary>What the plan was made from; tells whether the fleet has moved on.</summary>
    public PlanOrigin Origin { get; init; } = new("", null, "");

    /// <summary>SHA-256 over the plan's content, lower-case hex: the same input gives the same hash.</summary>
    public string Hash => PlanJson.HashOf(this);

    /// <summary>What each host is for, where that is known.</summary>
    public IReadOnlyDictionary<HostName, string?> Roles() =>
        Hosts.OrEmpty().Select(h => (h.Host, h.Described.Role)).Concat(Others.OrEmpty().Select(o => (o.Host, o.Role))).ToDictionary(r => r.Host, r => r.Role);
}

/// <summary>How much may happen at once.</summary>
/// <param name="Activations">Hosts between try and commit, 1 or more.</param>
/// <param name="Copies">Hosts that receive a closure, 1 or more.</param>
public sealed record Limits(int Activations, int Copies)
{
    /// <summary>Hosts with a tag between try and commit, 1 or more for each tag that is limited.</summary>
    public ImmutableSortedDictionary<string, int> Tags { get; init; } = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);
}

/// <summary>What a plan was made from.</summary>
/// <param name="Fleet">Where the fleet was read.</param>
/// <param name="Selection">Which hosts were meant, as it was written; <see langword="null"/>: all.</param>
/// <param name="Settings">A digest of the fleet's settings.</param>
public sealed record PlanOrigin(string Fleet, string? Selection, string Settings)
{
    /// <summary>Whether what the selected hosts depend on was meant too.</summary>
    public bool IncludesDependencies { get; init; }

    /// <summary>Whether every host of the fleet is simulated: then nothing real is deployed.</summary>
    public bool Simulated { get; init; }
}

/// <summary>What people are shown of a host that is skipped, blocked, cannot be reached or is a bridge.</summary>
/// <param name="Host">The host.</param>
/// <param name="Role">What it is for; <see langword="null"/>: not known.</param>
/// <param name="Dependencies">The hosts that it depends on, in the fleet's order.</param>
public sealed record OtherHost(HostName Host, string? Role, ImmutableArray<HostName> Dependencies);

/// <summary>A host to which nothing happens, but whose dependents wait for what it depends on.</summary>
/// <param name="Host">The host: unchanged, or not selected.</param>
/// <param name="After">The hosts that must have reached the stage's milestone before it counts as having done so, in ordinal order; never empty.</param>
public sealed record BridgeHost(HostName Host, ImmutableArray<HostName> After);

/// <summary>What happens to one host.</summary>
/// <param name="Host">The host.</param>
/// <param name="From">What it ran when the plan was made.</param>
/// <param name="To">The system it is to run.</param>
/// <param name="After">The hosts and bridges that must have reached the stage's milestone before this one starts, in ordinal order.</param>
/// <param name="Window">How long its checks must keep passing.</param>
/// <param name="Guard">How long the host's guard waits for a verdict; <see langword="null"/>: not guarded.</param>
public sealed record HostPlan(HostName Host, SystemRef From, StorePath To, ImmutableArray<HostName> After, TimeSpan Window, TimeSpan? Guard)
{
    private readonly Host? described;

    /// <summary>
    /// How the fleet describes the host: its target, checks and time-outs, with the fleet's own where it has none. A run reads nothing else of
    /// the fleet; a plan of an earlier version has no more than the name here.
    /// </summary>
    public Host Described
    {
        get => described ?? new Host(Host);
        init => described = value;
    }

    /// <summary>Whether its guard may reboot it when nothing else restores the old system.</summary>
    public bool GuardReboot { get; init; } = true;

    /// <summary>What is done with the system.</summary>
    public ActivationMode Mode { get; init; }

    /// <summary>Whether it is rolled back when it fails or when the run is rolled back; then its trial has a guard.</summary>
    public bool AutoRollback { get; init; } = true;

    /// <summary>When it is rebooted afterwards; <see langword="null"/>: never.</summary>
    public RebootPlan? Reboot { get; init; }

    /// <summary>What to realise for <see cref="To"/>; <see langword="null"/> when it is built already.</summary>
    public StorePath? Derivation { get; init; }

    /// <summary>What tests the new system without the host; <see langword="null"/>: nothing does, or no stage asks for it.</summary>
    public TestBuild? Test { get; init; }

    /// <summary>The units that were failed when the plan was made, by full name: they are not held against the new system.</summary>
    public ImmutableArray<string> FailedBefore { get; init; } = [];

    /// <summary>How busy it was when the plan was made; <see langword="null"/> for a host without a baseline check.</summary>
    public HostBaseline? Before { get; init; }

    /// <summary>An earlier generation to roll back to; <see langword="null"/> makes a new one.</summary>
    public int? Generation { get; init; }

    /// <summary>What differs; <see langword="null"/> when the systems were not compared.</summary>
    public SystemChanges? Changes { get; init; }

    /// <summary>How long its steps are expected to take.</summary>
    public HostEstimate Estimate { get; init; } = new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, Measured: false);

    /// <summary>What may go wrong with this host, and why.</summary>
    public Risk Risk { get; init; } = Risk.Low;

    /// <summary>Those of its tags that are limited, in ordinal order.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>How many hosts, this one included, may be activated while it is; <see langword="null"/>: no limit of its own.</summary>
    public int? ParallelLimit { get; init; }

    /// <summary>What becomes of it when it cannot be reached any more before it is touched.</summary>
    public UnreachablePolicy Unreachable { get; init; } = UnreachablePolicy.Fail;

    /// <summary>A digest of the host's settings in the fleet: tells whether they have changed since.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The id of the machine that was found; empty: it has none.</summary>
    public string MachineId { get; init; } = "";

    /// <summary>How long it may take to be back from a reboot.</summary>
    internal TimeSpan LongestReboot => Reboot?.Timeout ?? Described.RebootTimeout ?? new FleetSettings().RebootTimeout;

    /// <summary>Whether it runs the new system once it is deployed, and not from some later boot on.</summary>
    internal bool RunsAtOnce => Mode is ActivationMode.Switch or ActivationMode.Test || (Mode == ActivationMode.Boot && Reboot is not null);
}

/// <summary>That a host is rebooted once its system is committed.</summary>
/// <param name="When">Where a reboot is needed, or always.</param>
/// <param name="Timeout">How long it may take to be back.</param>
public sealed record RebootPlan(RebootPolicy When, TimeSpan Timeout);

/// <summary>A host that needs nothing.</summary>
/// <param name="Host">The host.</param>
/// <param name="Running">What it runs, and would have got unless <see cref="SkippedHost.Boots"/> says otherwise.</param>
public sealed record SkippedHost(HostName Host, SystemRef Running)
{
    /// <summary>What it has got already and boots next; <see langword="null"/> when it runs that.</summary>
    public StorePath? Boots { get; init; }

    /// <summary>The hosts of the plan that it depends on, in ordinal order: for people who look where it belongs.</summary>
    public ImmutableArray<HostName> DependsOn { get; init; } = [];

    /// <summary>A digest of the host's settings in the fleet: tells whether they have changed since.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The id of the machine that was found; empty: it has none.</summary>
    public string MachineId { get; init; } = "";
}

/// <summary>A host that cannot be deployed, or waits for one that cannot.</summary>
/// <param name="Host">The host.</param>
/// <param name="Problem">Why.</param>
/// <param name="Because">The host it waits for that cannot be deployed; <see langword="null"/> when it is this one itself.</param>
public sealed record BlockedHost(HostName Host, Problem Problem, HostName? Because);

/// <summary>A host that cannot be reached, and is skipped or deferred.</summary>
/// <param name="Host">The host.</param>
/// <param name="Problem">Why.</param>
/// <param name="Deferred">Whether the next run takes it.</param>
/// <param name="Because">The deferred host it waits for; <see langword="null"/> when it is this one itself.</param>
public sealed record UnreachableHost(HostName Host, Problem Problem, bool Deferred, HostName? Because);
