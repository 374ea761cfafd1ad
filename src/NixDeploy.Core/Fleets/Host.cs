using System.Collections.Immutable;
using Newtonsoft.Json;
using NixDeploy.Fleets.Description;

namespace NixDeploy.Fleets;

/// <summary>A host of the fleet as its description has it (<c>claude.deployment</c>, or <c>hosts.NAME</c> in fleet.json).</summary>
/// <param name="Name">The host's name.</param>
[JsonConverter(typeof(SettingsJson))]
public sealed record Host(HostName Name)
{
    /// <summary>What the host is for (<c>role</c>); <c>infrastructure</c> goes before <c>client</c> where nothing else decides.</summary>
    public string? Role { get => Values.Get(Settings.Role); init => Values = Values.With(Settings.Role, value); }

    /// <summary>The hosts that must be deployed before this one (<c>dependencies</c>).</summary>
    public ImmutableArray<HostName> Dependencies { get => Values.Get(Settings.Dependencies); init => Values = Values.With(Settings.Dependencies, value.OrEmpty()); }

    /// <summary>Words to select hosts by (<c>tags</c>).</summary>
    public ImmutableArray<string> Tags { get => Values.Get(Settings.Tags); init => Values = Values.With(Settings.Tags, value.OrEmpty()); }

    /// <summary>Units that must be active before and after (<c>critical-services</c>).</summary>
    public ImmutableArray<string> CriticalServices { get => Values.Get(Settings.CriticalServices); init => Values = Values.With(Settings.CriticalServices, value.OrEmpty()); }

    /// <summary>Units that may fail (<c>may-fail</c>); empty takes the fleet's.</summary>
    public ImmutableArray<string> MayFail { get => Values.Get(Settings.MayFail); init => Values = Values.With(Settings.MayFail, value.OrEmpty()); }

    /// <summary>What must hold for a new system to be committed (<c>health-checks</c>).</summary>
    public ImmutableArray<HealthCheck> HealthChecks { get => Values.Get(Settings.HealthChecks); init => Values = Values.With(Settings.HealthChecks, value.OrEmpty()); }

    /// <summary>Whether the host is rolled back when its new system fails (<c>rollback-on-failure</c>). Default true.</summary>
    public bool RollbackOnFailure { get => Values.Get(Settings.RollbackOnFailure); init => Values = Values.With(Settings.RollbackOnFailure, value); }

    /// <summary>How long the checks must keep passing (<c>health-window</c>); <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? HealthWindow { get => Values.Given(Settings.HealthWindow); init => Values = Values.With(Settings.HealthWindow, value); }

    /// <summary>How long one check may take (<c>health-check-timeout</c>); <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? HealthCheckTimeout { get => Values.Given(Settings.HealthCheckTimeout); init => Values = Values.With(Settings.HealthCheckTimeout, value); }

    /// <summary>How long failures do not count before a check has passed for the first time (<c>health-start-up</c>); <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? HealthStartUp { get => Values.Given(Settings.HealthStartUp); init => Values = Values.With(Settings.HealthStartUp, value); }

    /// <summary>How many hosts, this one included, may be activated while it is (<c>parallel-limit</c>), 1 or more; <see langword="null"/>: no limit of its own.</summary>
    public int? ParallelLimit { get => Values.Given(Settings.HostParallelLimit); init => Values = Values.With(Settings.HostParallelLimit, value); }

    /// <summary>Whether it is rebooted once it is deployed (<c>reboot</c>); <see langword="null"/> takes the fleet's.</summary>
    public RebootPolicy? Reboot { get => Values.Given(Settings.Reboot); init => Values = Values.With(Settings.Reboot, value); }

    /// <summary>How long it may take to answer again after a reboot (<c>reboot-timeout</c>); <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? RebootTimeout { get => Values.Given(Settings.RebootTimeout); init => Values = Values.With(Settings.RebootTimeout, value); }

    /// <summary>Whether it is deployed (<c>enable</c>). Default true.</summary>
    public bool Enable { get => Values.Get(Settings.Enable); init => Values = Values.With(Settings.Enable, value); }

    /// <summary>Whether its <c>target.host</c> is null, and not merely absent: it has no address, and is not deployed.</summary>
    internal bool HasNoAddress { get; init; }

    /// <summary>What happens to it when it cannot be reached (<c>unreachable</c>); <see langword="null"/> takes the fleet's.</summary>
    public UnreachablePolicy? Unreachable { get => Values.Given(Settings.Unreachable); init => Values = Values.With(Settings.Unreachable, value); }

    /// <summary>What happens when the machine's id alone has changed (<c>machine-id</c>); <see langword="null"/> takes the fleet's.</summary>
    public MachineIdPolicy? MachineId { get => Values.Given(Settings.MachineId); init => Values = Values.With(Settings.MachineId, value); }

    /// <summary>How the host is reached.</summary>
    public TargetSettings Target { get => new() { Values = Values.Of("target") }; init => Values = Values.With("target", value.Values); }

    /// <summary>How a simulated host behaves; <see langword="null"/> where nothing is said.</summary>
    public SimulationSettings? Simulation { get => Values.Of("simulation") is { IsEmpty: false } values ? new() { Values = values } : null; init => Values = Values.With("simulation", value?.Values); }

    /// <summary>
    /// What is given and differs from its default: saying the default is the same as saying nothing,
    /// but where nothing means the fleet's value.
    /// </summary>
    internal SettingValues Values { get; init => field = value.WithoutDefaults(but: s => s.IsInherited); } = SettingValues.Empty;

    /// <summary>Every check with the critical services as service checks, each once.</summary>
    public ImmutableArray<HealthCheck> AllChecks =>
        [.. HealthChecks, .. CriticalServices.Where(s => !HealthChecks.OfType<HealthCheck.Service>().Any(c => c.Unit == s)).Select(s => new HealthCheck.Service(s))];
}
