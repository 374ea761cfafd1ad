using System.Collections.Immutable;

namespace NixDeploy.Fleets;

/// <summary>Which hosts go first, and how the others follow (<c>canary</c>).</summary>
public sealed record CanarySettings
{
    /// <summary>
    /// How many hosts go first (<c>hosts</c>): a number of at least 1, or a share; <see langword="null"/>: all that carry the tag, or 1 without a tag.
    /// </summary>
    public HostShare? Hosts { get; init; }

    /// <summary>The tag that the canaries carry (<c>tag</c>); <see langword="null"/> takes those with the lowest risk and the most common change.</summary>
    public string? Tag { get; init; }

    /// <summary>How many of the changed hosts are deployed after each wave (<c>waves</c>), such as <c>1, 10%, 50%, 100%</c>; empty: the canaries, then all others.</summary>
    public ImmutableArray<HostShare> Waves { get; init; } = [];

    /// <summary>How long a wave is watched before the next one begins (<c>bake</c>, seconds). Default 5 min.</summary>
    public TimeSpan Bake { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether a person says that the next wave begins (<c>approval</c>). Default none: it begins by itself.</summary>
    public Approval Approval { get; init; } = Approval.None;

    /// <summary>How long an approval is waited for before the run is taken back (<c>approval-timeout</c>, seconds), more than 0. Default 1 h.</summary>
    public TimeSpan ApprovalTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The first wave that is no more than an earlier one, as far as they can be compared: numbers among numbers, shares among shares.
    /// Whether a number and a share grow is known when the hosts have been counted.
    /// </summary>
    internal static HostShare? NotGrowing(IEnumerable<HostShare> waves)
    {
        var (count, percent) = (0, 0d);
        foreach (var wave in waves)
        {
            if (wave.Count <= count || wave.Percent <= percent)
            {
                return wave;
            }

            (count, percent) = (wave.Count ?? count, wave.Percent ?? percent);
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Equals(CanarySettings? other) =>
        other is not null && Hosts == other.Hosts && Tag == other.Tag && Bake == other.Bake && Approval == other.Approval && ApprovalTimeout == other.ApprovalTimeout && Waves.SequenceEqual(other.Waves);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Hosts, Tag, Bake, Approval, ApprovalTimeout, Waves.Length);
}

/// <summary>Whether a person is asked before more hosts follow.</summary>
public enum Approval
{
    /// <summary>Nobody is asked.</summary>
    None,

    /// <summary>Nothing follows that nobody has approved.</summary>
    Required,
}
