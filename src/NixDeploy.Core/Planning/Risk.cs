using System.Collections.Immutable;

namespace NixDeploy.Planning;

/// <summary>How much may go wrong.</summary>
public enum RiskLevel
{
    /// <summary>Nothing unusual.</summary>
    Low,

    /// <summary>Something that the guard cannot undo by itself, or that deserves a look.</summary>
    Medium,

    /// <summary>Something that may cut the host off, or several things at once.</summary>
    High,
}

/// <summary>A level and why.</summary>
/// <param name="Level">The level.</param>
/// <param name="Reasons">Why, a sentence each, the gravest first; empty for low.</param>
public sealed record Risk(RiskLevel Level, ImmutableArray<string> Reasons)
{
    /// <summary>Nothing unusual.</summary>
    public static Risk Low { get; } = new(RiskLevel.Low, []);
}
