namespace NixDeploy.Fleets;

/// <summary>How a simulated host behaves (<c>simulation</c>).</summary>
public sealed record SimulationSettings
{
    /// <summary>What it runs before anything was ever deployed to it (<c>running</c>).</summary>
    public StorePath? Running { get; init; }

    /// <summary>The number of that generation (<c>generation</c>). Default 1.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>How long a build takes (<c>seconds.build</c>).</summary>
    public TimeSpan Build { get; init; }

    /// <summary>How long a copy takes (<c>seconds.copy</c>).</summary>
    public TimeSpan Copy { get; init; }

    /// <summary>How long an activation takes (<c>seconds.activate</c>).</summary>
    public TimeSpan Activate { get; init; }

    /// <summary>What goes wrong (<c>fail</c>), or <see langword="null"/>.</summary>
    public SimulatedFailure? Fail { get; init; }
}

/// <summary>What goes wrong on a simulated host.</summary>
public enum SimulatedFailure
{
    /// <summary>The system does not build.</summary>
    Build,

    /// <summary>The closure does not arrive.</summary>
    Copy,

    /// <summary>A unit of the new system fails to start.</summary>
    Activate,

    /// <summary>The new system starts and then is not healthy.</summary>
    Health,

    /// <summary>The host does not answer.</summary>
    Unreachable,
}
