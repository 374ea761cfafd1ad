using System.Collections.Immutable;
using NixDeploy.Fleets.Description;

namespace NixDeploy.Fleets;

/// <summary>Which hosts go first, and how the others follow (<c>canary</c>).</summary>
public sealed record CanarySettings
{
    /// <summary>How many hosts go first (<c>hosts</c>): a number of at least 1, or a share; <see langword="null"/>: all that have the tag, or 1 without a tag.</summary>
    public HostShare? Hosts { get => Values.Get(Settings.CanaryHosts); init => Values = Values.With(Settings.CanaryHosts, value); }

    /// <summary>The tag of the canaries (<c>tag</c>); <see langword="null"/>: those with the lowest risk and the most common change.</summary>
    public string? Tag { get => Values.Get(Settings.CanaryTag); init => Values = Values.With(Settings.CanaryTag, value); }

    /// <summary>How many of the changed hosts are deployed after each wave (<c>waves</c>), such as <c>1, 10%, 50%, 100%</c>; empty: the canaries, then all others.</summary>
    public ImmutableArray<HostShare> Waves { get => Values.Get(Settings.CanaryWaves); init => Values = Values.With(Settings.CanaryWaves, value.OrEmpty()); }

    /// <summary>How long a wave bakes before the next one starts (<c>bake</c>, seconds). Default 5 min.</summary>
    public TimeSpan Bake { get => Values.Get(Settings.CanaryBake); init => Values = Values.With(Settings.CanaryBake, value); }

    /// <summary>Whether a person must approve before the next wave starts (<c>approval</c>). Default none.</summary>
    public Approval Approval { get => Values.Get(Settings.CanaryApproval); init => Values = Values.With(Settings.CanaryApproval, value); }

    /// <summary>How long an approval is waited for before the run is rolled back (<c>approval-timeout</c>, seconds), more than 0. Default 1 h.</summary>
    public TimeSpan ApprovalTimeout { get => Values.Get(Settings.CanaryApprovalTimeout); init => Values = Values.With(Settings.CanaryApprovalTimeout, value); }

    /// <summary>What is given and differs from its default: saying the default is the same as saying nothing.</summary>
    internal SettingValues Values { get; init => field = value.WithoutDefaults(); } = SettingValues.Empty;

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
}

/// <summary>Whether a person must approve before more hosts follow.</summary>
public enum Approval
{
    /// <summary>Nobody is asked.</summary>
    None,

    /// <summary>Nothing follows before it is approved.</summary>
    Required,
}
