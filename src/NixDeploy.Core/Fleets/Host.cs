using System.Collections.Immutable;

namespace NixDeploy.Fleets;

/// <summary>A host of the fleet as its description has it (<c>claude.deployment</c>, or <c>hosts.NAME</c> in fleet.json).</summary>
/// <param name="Name">The host's name.</param>
public sealed record Host(HostName Name)
{
    /// <summary>What the host is for (<c>role</c>); <c>infrastructure</c> goes before <c>client</c> where nothing else decides.</summary>
    public string? Role { get; init; }

    /// <summary>The hosts that must be deployed before this one (<c>dependencies</c>).</summary>
    public ImmutableArray<HostName> Dependencies { get; init; } = [];

    /// <summary>Free words to select hosts by (<c>tags</c>).</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>Units that must be active before and after (<c>critical-services</c>).</summary>
    public ImmutableArray<string> CriticalServices { get; init; } = [];

    /// <summary>What must hold for a new system to be kept (<c>health-checks</c>).</summary>
    public ImmutableArray<HealthCheck> HealthChecks { get; init; } = [];

    /// <summary>Whether a system that fails is taken back (<c>rollback-on-failure</c>). Default true.</summary>
    public bool RollbackOnFailure { get; init; } = true;

    /// <summary>How long the checks must keep passing (<c>health-window</c>); <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? HealthWindow { get; init; }

    /// <summary>How long one check may take (<c>health-check-timeout</c>); <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? HealthCheckTimeout { get; init; }

    /// <summary>How long failures do not count before a check has passed for the first time (<c>health-start-up</c>); <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? HealthStartUp { get; init; }

    /// <summary>How many hosts, this one included, may be activated while it is (<c>parallel-limit</c>), 1 or more; <see langword="null"/>: no limit of its own.</summary>
    public int? ParallelLimit { get; init; }

    /// <summary>Whether it is rebooted once it is deployed (<c>reboot</c>); <see langword="null"/> takes the fleet's.</summary>
    public RebootPolicy? Reboot { get; init; }

    /// <summary>How long it may take to be back from a reboot (<c>reboot-timeout</c>); <see langword="null"/> takes the fleet's.</summary>
    public TimeSpan? RebootTimeout { get; init; }

    /// <summary>What becomes of it when it cannot be reached (<c>off-line</c>); <see langword="null"/> takes the fleet's.</summary>
    public UnreachablePolicy? Unreachable { get; init; }

    /// <summary>How the host is reached.</summary>
    public TargetSettings Target { get; init; } = new();

    /// <summary>How a simulated host behaves; <see langword="null"/> for real ones.</summary>
    public SimulationSettings? Simulation { get; init; }

    /// <summary>Every check with the critical services as service checks, each once.</summary>
    public ImmutableArray<HealthCheck> AllChecks =>
        [.. HealthChecks, .. CriticalServices.Where(s => !HealthChecks.OfType<HealthCheck.Service>().Any(c => c.Unit == s)).Select(s => new HealthCheck.Service(s))];
}
