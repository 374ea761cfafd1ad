using NixDeploy.Fleets.Description;

namespace NixDeploy.Fleets;

/// <summary>How a simulated host behaves (<c>simulation</c>).</summary>
public sealed record SimulationSettings
{
    /// <summary>What it runs before anything was deployed to it (<c>running</c>).</summary>
    public StorePath? Running { get => Values.Get(Settings.SimulatedRunning); init => Values = Values.With(Settings.SimulatedRunning, value); }

    /// <summary>The number of that generation (<c>generation</c>). Default 1.</summary>
    public int Generation { get => Values.Get(Settings.SimulatedGeneration); init => Values = Values.With(Settings.SimulatedGeneration, value); }

    /// <summary>How long a build takes (<c>seconds.build</c>).</summary>
    public TimeSpan Build { get => Values.Get(Settings.SimulatedBuild); init => Values = Values.With(Settings.SimulatedBuild, value); }

    /// <summary>How long a copy takes (<c>seconds.copy</c>).</summary>
    public TimeSpan Copy { get => Values.Get(Settings.SimulatedCopy); init => Values = Values.With(Settings.SimulatedCopy, value); }

    /// <summary>How long an activation takes (<c>seconds.activate</c>).</summary>
    public TimeSpan Activate { get => Values.Get(Settings.SimulatedActivate); init => Values = Values.With(Settings.SimulatedActivate, value); }

    /// <summary>What fails (<c>fail</c>), or <see langword="null"/>.</summary>
    public SimulatedFailure? Fail { get => Values.Given(Settings.SimulatedFail); init => Values = Values.With(Settings.SimulatedFail, value); }

    /// <summary>What is given and differs from its default: saying the default is the same as saying nothing.</summary>
    internal SettingValues Values { get; init => field = value.WithoutDefaults(); } = SettingValues.Empty;
}

/// <summary>What fails on a simulated host.</summary>
public enum SimulatedFailure
{
    /// <summary>The system does not build.</summary>
    Build,

    /// <summary>The closure does not arrive.</summary>
    Copy,

    /// <summary>A unit of the new system fails to start.</summary>
    Activate,

    /// <summary>The new system starts and is not healthy later.</summary>
    Health,

    /// <summary>The host does not answer.</summary>
    Unreachable,
}
