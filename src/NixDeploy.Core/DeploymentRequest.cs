using NixDeploy.Fleets;

namespace NixDeploy;

/// <summary>What a person asks for: which hosts, and what to do otherwise than the fleet says.</summary>
public sealed record DeploymentRequest
{
    /// <summary>Host names, globs, <c>@role</c>, <c>@tag</c> and <c>!exclude</c>, separated by commas; <see langword="null"/> is every host.</summary>
    public string? Hosts { get; init; }

    /// <summary>The strategy's name; <see langword="null"/> takes the fleet's.</summary>
    public string? Strategy { get; init; }

    /// <summary>How many hosts may be activated at once, 1 or more; <see langword="null"/> takes the fleet's.</summary>
    public int? ParallelLimit { get; init; }

    /// <summary>What happens to the others when a host fails; <see langword="null"/> takes the fleet's.</summary>
    public OnFailure? OnFailure { get; init; }

    /// <summary>How many hosts may fail; <see langword="null"/> takes the fleet's.</summary>
    public FailureBudget? MaxFailures { get; init; }

    /// <summary>Whether hosts are guarded and taken back when they fail; <see langword="null"/> takes the fleet's.</summary>
    public bool? AutoRollback { get; init; }

    /// <summary>The fleet's settings with these wishes over them.</summary>
    /// <exception cref="UsageException"><c>ND0241</c>: a wish is out of range.</exception>
    internal FleetSettings Over(FleetSettings settings) => ParallelLimit is < 1
        ? throw new UsageException("ND0241", $"--parallel-limit is {ParallelLimit}, expected 1 or more.")
        : settings with
        {
            Strategy = Strategy ?? settings.Strategy,
            ParallelLimit = ParallelLimit ?? settings.ParallelLimit,
            OnFailure = OnFailure ?? settings.OnFailure,
            MaxFailures = MaxFailures ?? settings.MaxFailures,
            AutoRollback = AutoRollback ?? settings.AutoRollback,
        };
}
