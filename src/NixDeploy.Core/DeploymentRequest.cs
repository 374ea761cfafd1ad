using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Selection;
using NixDeploy.Planning;

namespace NixDeploy;

/// <summary>What a person asks for: which hosts, and what to do otherwise than the fleet says.</summary>
public sealed record DeploymentRequest
{
    /// <summary>Host names, globs, <c>@role</c>, <c>@tag</c> and <c>!exclude</c>, separated by commas; <see langword="null"/> is every host.</summary>
    public string? Hosts { get; init; }

    /// <summary>Whether everything that those hosts depend on is meant too, except what <c>!</c> excludes. Default false.</summary>
    public bool IncludeDependencies { get; init; }

    /// <summary>
    /// Whether hosts that earlier runs have put off are deployed too, whatever <see cref="Hosts"/> names, except what <c>!</c> excludes. Where
    /// it is false they stay put off, unless they are named. A rollback takes none of them along. Default true.
    /// </summary>
    public bool IncludeDeferred { get; init; } = true;

    /// <summary>The strategy's name; <see langword="null"/> takes the fleet's.</summary>
    public string? Strategy { get; init; }

    /// <summary>How many hosts may be activated at once, 1 or more; <see langword="null"/> takes the fleet's.</summary>
    public int? ParallelLimit { get; init; }

    /// <summary>How many hosts may receive a closure at once, 1 or more; <see langword="null"/> takes the fleet's.</summary>
    public int? CopyLimit { get; init; }

    /// <summary>How many hosts with a tag may be activated at once, 1 or more; tags that are not in it, or <see langword="null"/>, take the fleet's.</summary>
    public ImmutableSortedDictionary<string, int>? TagLimits { get; init; }

    /// <summary>How many hosts go first: 1 or more, or a share above 0 and up to 100 %; <see langword="null"/> takes the fleet's.</summary>
    public HostShare? CanaryHosts { get; init; }

    /// <summary>The tag of those that go first; <see langword="null"/> takes the fleet's.</summary>
    public string? CanaryTag { get; init; }

    /// <summary>How many hosts are deployed after each wave, growing; empty: the canaries, then all others; <see langword="null"/> takes the fleet's.</summary>
    public ImmutableArray<HostShare>? Waves { get; init; }

    /// <summary>How long a wave is watched before the next one begins, 0 or more; <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? Bake { get; init; }

    /// <summary>Whether a person says that the next wave begins; <see langword="null"/> takes the fleet's.</summary>
    public Approval? Approval { get; init; }

    /// <summary>How long an approval is waited for, more than 0; <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? ApprovalTimeout { get; init; }

    /// <summary>What happens to the others when a host fails; <see langword="null"/> takes the fleet's.</summary>
    public OnFailure? OnFailure { get; init; }

    /// <summary>How many hosts may fail; <see langword="null"/> takes the fleet's.</summary>
    public FailureBudget? MaxFailures { get; init; }

    /// <summary>What becomes of hosts that cannot be reached, whatever they or the fleet say; <see langword="null"/> leaves it to them.</summary>
    public UnreachablePolicy? Unreachable { get; init; }

    /// <summary>Whether hosts are guarded and taken back when they fail; <see langword="null"/> takes the fleet's.</summary>
    public bool? AutoRollback { get; init; }

    /// <summary>Whether locks that other runs hold are broken; never one under which a guard is at work. Default false.</summary>
    public bool BreakLock { get; init; }

    /// <summary>How long hosts that other runs have locked are waited for, 0 or more; <see langword="null"/>: they are refused at once.</summary>
    public TimeSpan? WaitLock { get; init; }

    /// <summary>How long checks must keep passing, 0 or more; <see langword="null"/> takes each host's own, or the fleet's.</summary>
    public TimeSpan? HealthWindow { get; init; }

    /// <summary>Bytes that must stay free on a host's /nix/store besides what is copied, 0 or more; <see langword="null"/> takes the fleet's.</summary>
    public long? DiskReserveBytes { get; init; }

    /// <summary>
    /// Whether hosts are deployed although their critical services are down or their disks are nearly full: for emergencies. Locks and
    /// guards stay, and so does everything that makes a deployment impossible. Default false.
    /// </summary>
    public bool SkipValidation { get; init; }

    /// <summary>What is done with the new systems. Default switch.</summary>
    public ActivationMode Mode { get; init; }

    /// <summary>Whether hosts are rebooted once they are deployed; <see langword="null"/> takes each host's, then the fleet's.</summary>
    public RebootPolicy? Reboot { get; init; }

    /// <summary>Whether changed systems are built and compared while planning, so that the plan tells what differs; <see langword="null"/> is true.</summary>
    public bool? Details { get; init; }

    /// <summary>The hosts that are meant; <see langword="null"/>: all.</summary>
    /// <exception cref="UsageException"><c>ND0201</c>, <c>ND0202</c>.</exception>
    internal HostSelection? Selection() => Hosts is null ? null : HostSelection.Parse(Hosts) with { IncludeDependencies = IncludeDependencies };

    /// <summary>What is done about locked hosts.</summary>
    internal LockPolicy Locks => new() { Break = BreakLock, Wait = WaitLock ?? TimeSpan.Zero };

    /// <summary>The fleet's settings with these wishes over them.</summary>
    /// <exception cref="UsageException"><c>ND0241</c>: a wish is out of range. <c>ND0212</c>: two exclude each other.</exception>
    internal FleetSettings Over(FleetSettings settings)
    {
        RequestRanges.Check(this);
        return settings with
        {
            Strategy = Strategy ?? settings.Strategy,
            ParallelLimit = ParallelLimit ?? settings.ParallelLimit,
            CopyLimit = CopyLimit ?? settings.CopyLimit,
            TagLimits = TagLimits is null ? settings.TagLimits : settings.TagLimits.SetItems(TagLimits),
            Canary = new CanarySettings
            {
                Hosts = CanaryHosts ?? settings.Canary.Hosts,
                Tag = CanaryTag ?? settings.Canary.Tag,
                Waves = Waves is { IsDefault: false } waves ? waves : settings.Canary.Waves,
                Bake = Bake ?? settings.Canary.Bake,
                Approval = Approval ?? settings.Canary.Approval,
                ApprovalTimeout = ApprovalTimeout ?? settings.Canary.ApprovalTimeout,
            },
            OnFailure = OnFailure ?? settings.OnFailure,
            MaxFailures = MaxFailures ?? settings.MaxFailures,
            AutoRollback = AutoRollback ?? settings.AutoRollback,
            DiskReserveBytes = DiskReserveBytes ?? settings.DiskReserveBytes,
        };
    }
}
