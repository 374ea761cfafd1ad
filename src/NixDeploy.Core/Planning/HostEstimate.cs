namespace NixDeploy.Planning;

/// <summary>How long the steps of a host are expected to take.</summary>
/// <param name="Build">Until its system is built, others aside; zero when it is built already.</param>
/// <param name="Copy">Until the host has the closure.</param>
/// <param name="Activate">The activation on trial.</param>
/// <param name="Verify">Until the health window has passed.</param>
/// <param name="Commit">Until the new system is permanent.</param>
/// <param name="Measured">Whether it is the median of earlier runs of this fleet, rather than made of bytes and defaults.</param>
public sealed record HostEstimate(TimeSpan Build, TimeSpan Copy, TimeSpan Activate, TimeSpan Verify, TimeSpan Commit, bool Measured)
{
    /// <summary>How long it occupies one of the places that <c>parallel-limit</c> counts.</summary>
    internal TimeSpan InPlace => Activate + Verify + Commit;

    /// <summary>From the first byte to the commit, the build aside.</summary>
    internal TimeSpan Work => Copy + InPlace;
}

/// <summary>How long a run is expected to take.</summary>
/// <param name="Total">As the plan has it.</param>
/// <param name="Sequential">One host after the other, by the same numbers.</param>
public sealed record PlanEstimate(TimeSpan Total, TimeSpan Sequential)
{
    /// <summary>Nothing to do.</summary>
    public static PlanEstimate None { get; } = new(TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>How much less than sequential the plan takes, in whole percent, 0 to 100.</summary>
    internal int SavedPercent => Sequential > TimeSpan.Zero ? (int)Math.Clamp(100 * (1 - (Total / Sequential)), 0, 100) : 0;
}
