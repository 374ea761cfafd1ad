using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Planning;

/// <summary>What a run will do, as data: which hosts, to which system, in which order.</summary>
/// <remarks>
/// Invariants: every host is in exactly one stage that brings it to <see cref="Milestone.Committed"/>, its milestones never
/// decrease from stage to stage, and the hosts in its <see cref="HostPlan.After"/> are part of the plan.
/// </remarks>
/// <param name="Schema">The version of this shape: <see cref="CurrentSchema"/>.</param>
/// <param name="Strategy">The strategy's name.</param>
/// <param name="Reasons">Why the strategy planned so, a sentence each.</param>
/// <param name="Limits">How much may happen at once.</param>
/// <param name="Budget">How many hosts may fail before the run is halted and taken back.</param>
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
    public const int CurrentSchema = 1;

    /// <summary>What to do with the others when a host fails.</summary>
    public OnFailure OnFailure { get; init; } = OnFailure.Continue;

    /// <summary>Things a person should know before saying yes, a sentence each.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>SHA-256 over the plan's content, lower-case hex: the same input gives the same hash.</summary>
    public string Hash => PlanJson.HashOf(this);
}

/// <summary>How much may happen at once.</summary>
/// <param name="Activations">Hosts between try and commit, 1 or more.</param>
/// <param name="Copies">Hosts that receive a closure, 1 or more.</param>
public sealed record Limits(int Activations, int Copies);

/// <summary>What happens to one host.</summary>
/// <param name="Host">The host.</param>
/// <param name="From">What it ran when the plan was made.</param>
/// <param name="To">The system it is to run.</param>
/// <param name="After">The hosts that must have reached the stage's milestone before this one starts, in ordinal order.</param>
/// <param name="Window">How long its checks must keep passing.</param>
/// <param name="Guard">How long the host's guard waits for a verdict; <see langword="null"/>: not guarded.</param>
public sealed record HostPlan(HostName Host, SystemRef From, StorePath To, ImmutableArray<HostName> After, TimeSpan Window, TimeSpan? Guard)
{
    /// <summary>What to realise for <see cref="To"/>; <see langword="null"/> when it is built already.</summary>
    public StorePath? Derivation { get; init; }

    /// <summary>The units that were failed when the plan was made, by full name: they are not held against the new system.</summary>
    public ImmutableArray<string> FailedBefore { get; init; } = [];

    /// <summary>An earlier generation to go back to; <see langword="null"/> makes a new one.</summary>
    public int? Generation { get; init; }
}

/// <summary>A host that needs nothing.</summary>
/// <param name="Host">The host.</param>
/// <param name="Running">What it runs, and would have got.</param>
public sealed record SkippedHost(HostName Host, SystemRef Running);

/// <summary>A host that cannot be deployed, or waits for one that cannot.</summary>
/// <param name="Host">The host.</param>
/// <param name="Problem">Why.</param>
/// <param name="Because">The host it waits for that cannot be deployed; <see langword="null"/> when it is this one itself.</param>
public sealed record BlockedHost(HostName Host, Problem Problem, HostName? Because);
