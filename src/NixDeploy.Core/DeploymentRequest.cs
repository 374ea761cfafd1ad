using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Fleets.Description;
using NixDeploy.Fleets.Selection;
using NixDeploy.Planning;

namespace NixDeploy;

/// <summary>What is to be deployed: which hosts, and what overrides the fleet's settings for this one deployment.</summary>
public sealed record DeploymentRequest
{
    /// <summary>Host names, globs, <c>@role</c>, <c>@tag</c> and <c>!exclude</c>, separated by commas; <see langword="null"/> is every host.</summary>
    public string? Hosts { get; init; }

    /// <summary>Whether everything that those hosts depend on is selected too, except what <c>!</c> excludes. Default false.</summary>
    public bool IncludeDependencies { get => Values.Get(Settings.IncludeDependencies); init => Values = Values.With(Settings.IncludeDependencies, value); }

    /// <summary>
    /// Whether hosts that earlier runs have deferred are deployed too, whatever <see cref="Hosts"/> names, except what <c>!</c> excludes. Where
    /// it is false they stay deferred, unless they are named. A rollback selects none of them. Default true.
    /// </summary>
    public bool IncludeDeferred { get; init; } = true;

    /// <summary>The strategy's name; <see langword="null"/> takes the fleet's.</summary>
    public string? Strategy { get => (string?)Values.Find(Settings.Strategy); init => Values = Values.With(Settings.Strategy, value); }

    /// <summary>How many hosts may be activated at once, 1 or more; <see langword="null"/> takes the fleet's.</summary>
    public int? ParallelLimit { get => Values.Given(Settings.ParallelLimit); init => Values = Values.With(Settings.ParallelLimit, value); }

    /// <summary>How many hosts may receive a closure at once, 1 or more; <see langword="null"/> takes the fleet's.</summary>
    public int? CopyLimit { get => Values.Given(Settings.CopyLimit); init => Values = Values.With(Settings.CopyLimit, value); }

    /// <summary>How many hosts with a tag may be activated at once, 1 or more; tags that are not in it, or <see langword="null"/>, take the fleet's.</summary>
    public ImmutableSortedDictionary<string, int>? TagLimits { get => (ImmutableSortedDictionary<string, int>?)Values.Find(Settings.TagLimits); init => Values = Values.With(Settings.TagLimits, value); }

    /// <summary>How many hosts go first: 1 or more, or a share above 0 and up to 100 %; <see langword="null"/> takes the fleet's.</summary>
    public HostShare? CanaryHosts { get => (HostShare?)Values.Find(Settings.CanaryHosts); init => Values = Values.With(Settings.CanaryHosts, value); }

    /// <summary>The tag of the hosts that go first; <see langword="null"/> takes the fleet's.</summary>
    public string? CanaryTag { get => (string?)Values.Find(Settings.CanaryTag); init => Values = Values.With(Settings.CanaryTag, value); }

    /// <summary>How many hosts are deployed after each wave, growing; empty: the canaries, then all others; <see langword="null"/> takes the fleet's.</summary>
    public ImmutableArray<HostShare>? Waves { get => Values.Given(Settings.CanaryWaves); init => Values = Values.With(Settings.CanaryWaves, value is { IsDefault: false } ? value : null); }

    /// <summary>How long a wave bakes before the next one starts, 0 or more; <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? Bake { get => Values.Given(Settings.CanaryBake); init => Values = Values.With(Settings.CanaryBake, value); }

    /// <summary>Whether a person must approve before the next wave starts; <see langword="null"/> takes the fleet's.</summary>
    public Approval? Approval { get => Values.Given(Settings.CanaryApproval); init => Values = Values.With(Settings.CanaryApproval, value); }

    /// <summary>How long an approval is waited for, more than 0; <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? ApprovalTimeout { get => Values.Given(Settings.CanaryApprovalTimeout); init => Values = Values.With(Settings.CanaryApprovalTimeout, value); }

    /// <summary>What happens to the others when a host fails; <see langword="null"/> takes the fleet's.</summary>
    public OnFailure? OnFailure { get => Values.Given(Settings.OnFailure); init => Values = Values.With(Settings.OnFailure, value); }

    /// <summary>What happens to the other hosts when one does not evaluate or build; <see langword="null"/>: as the fleet says.</summary>
    public OnBuildFailure? OnBuildFailure { get => Values.Given(Settings.OnBuildFailure); init => Values = Values.With(Settings.OnBuildFailure, value); }

    /// <summary>How many hosts may fail; <see langword="null"/> takes the fleet's.</summary>
    public FailureBudget? MaxFailures { get => (FailureBudget?)Values.Find(Settings.MaxFailures); init => Values = Values.With(Settings.MaxFailures, value); }

    /// <summary>What happens to hosts that cannot be reached, whatever they or the fleet say; <see langword="null"/> takes each host's own, or the fleet's.</summary>
    public UnreachablePolicy? Unreachable { get => Values.Given(Settings.Unreachable); init => Values = Values.With(Settings.Unreachable, value); }

    /// <summary>Hosts whose machine is accepted as it is, though it seems to be another host's. Default none.</summary>
    public ImmutableArray<HostName> AcceptMachine { get => Values.Get(Settings.AcceptMachine); init => Values = Values.With(Settings.AcceptMachine, value.OrEmpty()); }

    /// <summary>Whether hosts are guarded, and rolled back when they fail; <see langword="null"/> takes the fleet's.</summary>
    public bool? AutoRollback { get => Values.Given(Settings.AutoRollback); init => Values = Values.With(Settings.AutoRollback, value); }

    /// <summary>Whether locks that other runs hold are broken; never one under which a guard is at work. Default false.</summary>
    public bool BreakLock { get => Values.Get(Settings.BreakLock); init => Values = Values.With(Settings.BreakLock, value); }

    /// <summary>How long hosts that other runs have locked are waited for, 0 or more; <see langword="null"/>: they are refused at once.</summary>
    public TimeSpan? WaitLock { get => Values.Given(Settings.WaitLock); init => Values = Values.With(Settings.WaitLock, value); }

    /// <summary>How long checks must keep passing, 0 or more; <see langword="null"/> takes each host's own, or the fleet's.</summary>
    public TimeSpan? HealthWindow { get => Values.Given(Settings.HealthWindow); init => Values = Values.With(Settings.HealthWindow, value); }

    /// <summary>Bytes that must stay free on a host's /nix/store besides what is copied, 0 or more; <see langword="null"/> takes the fleet's.</summary>
    public long? DiskReserveBytes { get => Values.Given(Settings.DiskReserve); init => Values = Values.With(Settings.DiskReserve, value); }

    /// <summary>Whether hosts are deployed although their critical services are down or their disks are nearly full: for emergencies. Locks and guards stay, and so does everything that makes a deployment impossible. Default false.</summary>
    public bool SkipValidation { get => Values.Get(Settings.SkipValidation); init => Values = Values.With(Settings.SkipValidation, value); }

    /// <summary>What is done with the new systems. Default switch.</summary>
    public ActivationMode Mode { get => Values.Get(Settings.Mode); init => Values = Values.With(Settings.Mode, value); }

    /// <summary>Whether hosts are rebooted once they are deployed; <see langword="null"/> takes each host's, then the fleet's.</summary>
    public RebootPolicy? Reboot { get => Values.Given(Settings.Reboot); init => Values = Values.With(Settings.Reboot, value); }

    /// <summary>Whether changed systems are built and compared while planning, so that the plan tells what differs; <see langword="null"/> is true.</summary>
    public bool? Details { get => Values.Given(Settings.Details); init => Values = Values.With(Settings.Details, value); }

    /// <summary>The overrides.</summary>
    internal SettingValues Values { get; init; } = SettingValues.Empty;

    /// <summary>The hosts that are selected; <see langword="null"/>: all.</summary>
    /// <exception cref="UsageException"><c>ND0201</c>, <c>ND0202</c>.</exception>
    internal HostSelection? Selection() => Hosts is null ? null : HostSelection.Parse(Hosts) with { IncludeDependencies = IncludeDependencies };

    /// <summary>What is done about locked hosts.</summary>
    internal LockPolicy Locks => new() { Break = BreakLock, Wait = WaitLock ?? TimeSpan.Zero };

    /// <summary>Checks the overrides as far as that is possible without the fleet.</summary>
    /// <exception cref="UsageException"><c>ND0241</c>: an override is out of range. <c>ND0212</c>: two exclude each other.</exception>
    public void Validate() => RequestRanges.Check(this);

    /// <summary>The fleet's settings with these overrides.</summary>
    /// <exception cref="UsageException"><c>ND0241</c>: an override is out of range. <c>ND0212</c>: two exclude each other.</exception>
    internal FleetSettings Over(FleetSettings settings)
    {
        RequestRanges.Check(this);
        return settings with { Values = Values.Where(s => s.Is(Scopes.Fleet)).Over(settings.Values) };
    }

    /// <summary>A host with everything that it takes from this request or the fleet: <c>request ?? host ?? fleet ?? default</c>.</summary>
    /// <param name="host">The host as it is described.</param>
    /// <param name="settings">The fleet's settings.</param>
    internal Host Over(Host host, FleetSettings settings) => host with
    {
        Values = Settings.Inherited.Aggregate(host.Values, (values, s) => values.With(s, Values.Find(s) ?? values.Find(s) ?? settings.Values.Find(s) ?? s.DefaultValue)),
    };
}
