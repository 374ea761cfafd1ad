using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Testing;

/// <summary>All that a simulated host is at one moment: what a real one has on its disk and in /run.</summary>
internal sealed record HostMemory
{
    /// <summary>What runs.</summary>
    public required StorePath Current { get; init; }

    /// <summary>What was booted.</summary>
    public required StorePath Booted { get; init; }

    /// <summary>What the next boot starts.</summary>
    public required StorePath BootDefault { get; init; }

    /// <summary>The profile's current generation.</summary>
    public required int Generation { get; init; }

    /// <summary>The profile's generations, by number.</summary>
    public required ImmutableArray<Generation> Generations { get; init; }

    /// <summary>The store paths that are there.</summary>
    public ImmutableHashSet<StorePath> Store { get; init; } = [];

    /// <summary>The units that are failed.</summary>
    public ImmutableArray<string> Failed { get; init; } = [];

    /// <summary>How often it was booted.</summary>
    public int Boots { get; init; } = 1;

    /// <summary>Every system that was activated, in order; what ran already was not.</summary>
    public ImmutableArray<StorePath> Activated { get; init; } = [];

    /// <summary>The number of the lock's last holder.</summary>
    public long Fence { get; init; }

    /// <summary>Who holds the lock.</summary>
    public HostLock? Lock { get; init; }

    /// <summary>The last transaction's record.</summary>
    public TransactionMemory? Transaction { get; init; }

    /// <summary>A host that nothing was ever deployed to.</summary>
    public static HostMemory Of(StorePath running, int generation) => new()
    {
        Current = running,
        Booted = running,
        BootDefault = running,
        Generation = generation,
        Generations = [new(generation, running)],
        Store = [running],
    };
}

/// <summary>A transaction's record on a simulated host.</summary>
internal sealed record TransactionMemory
{
    /// <summary>Whose it is.</summary>
    public required Transaction Id { get; init; }

    /// <summary>The system on trial.</summary>
    public required StorePath Target { get; init; }

    /// <summary>Whether it is activated, made the boot default, or both.</summary>
    public ActivationMode Mode { get; init; }

    /// <summary>The system before it.</summary>
    public required StorePath Old { get; init; }

    /// <summary>The existing generation that a commit switches to; <see langword="null"/> makes a new one.</summary>
    public int? Generation { get; init; }

    /// <summary>The units that were failed before it.</summary>
    public ImmutableArray<string> FailedBefore { get; init; } = [];

    /// <summary>Where it stands.</summary>
    public required TransactionPhase Phase { get; init; }

    /// <summary>When a phase that takes its time ends.</summary>
    public required DateTimeOffset PhaseEnds { get; init; }

    /// <summary>The guard's deadline; <see langword="null"/>: there is no guard.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>How the activation goes.</summary>
    public required Activation Activation { get; init; }

    /// <summary>How the activation ended; <see langword="null"/> when that is not known, in this boot.</summary>
    public ActivationOutcome? Outcome { get; init; }

    /// <summary>Why the guard decided as it did.</summary>
    public TransactionReason Reason { get; init; }

    /// <summary>The units that were failed when the guard started the rollback.</summary>
    public ImmutableArray<string> FailedAtRestore { get; init; } = [];
}

/// <summary>How an activation goes.</summary>
/// <param name="Outcome">How it ends.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="FailToStart">The units that fail to start.</param>
/// <param name="FailLater">The units that are failed at the first look after it.</param>
/// <param name="Output">What it prints.</param>
internal sealed record Activation(
    ActivationOutcome Outcome, int? ExitCode, ImmutableArray<string> FailToStart, ImmutableArray<string> FailLater, string Output)
{
    /// <summary>Whether a rollback from it fails.</summary>
    public bool CannotBeLeft { get; init; }

    /// <summary>Whether the new system runs after it.</summary>
    public bool Switches => Outcome is ActivationOutcome.Activated or ActivationOutcome.ActivatedWithFailures;
}
