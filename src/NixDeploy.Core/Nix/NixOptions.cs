using System.Collections.Immutable;

namespace NixDeploy.Nix;

/// <summary>How the Nix programs of the controller are run.</summary>
public sealed record NixOptions
{
    /// <summary>Where <c>nix</c> and <c>nix-store</c> are; <see langword="null"/> looks along PATH.</summary>
    public string? ProgramFolder { get; init; }

    /// <summary>Variables added to the inherited environment, such as <c>NIX_CONFIG</c>; nothing is written to any configuration.</summary>
    public ImmutableDictionary<string, string?> Environment { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary>How many evaluators may run at once; <see langword="null"/>: as many as cores and memory allow.</summary>
    public int? MaxEvaluators { get; init; }

    /// <summary>The clock that bounds how long a cancelled program may take to end.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The evaluators that run at once: an evaluator of a NixOS system is one core's work and takes about two gigabytes.</summary>
    internal int Evaluators => MaxEvaluators
        ?? (int)Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (2L << 30), 1, System.Environment.ProcessorCount);
}
