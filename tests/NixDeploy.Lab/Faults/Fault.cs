namespace NixDeploy.Labs.Faults;

/// <summary>Something that goes wrong while hosts are deployed, and how it must end.</summary>
/// <param name="Family">What kind of fault it is.</param>
/// <param name="Name">What happens, in a few words; unique in its family.</param>
/// <param name="End">How it must end on every host of it.</param>
/// <param name="Act">Deploys, and does what goes wrong.</param>
public sealed record Fault(string Family, string Name, Ending End, Func<FaultScene, Task> Act)
{
    private readonly int? guard;

    /// <summary>How many hosts it takes.</summary>
    public int Hosts { get; init; } = 1;

    /// <summary>How often it is run where reliability is measured.</summary>
    public int Soak { get; init; } = 5;

    /// <summary>How often it is run by the tests.</summary>
    public int Tests { get; init; } = 1;

    /// <summary>Seconds until the hosts' guards decide; by default few where that is awaited, and enough for a slow machine where it must not come.</summary>
    public int Guard { get => guard ?? (End.ByGuard == true ? 10 : 60); init => guard = value; }

    public override string ToString() => $"{Family}: {Name}";
}

/// <summary>Which system a host ends on.</summary>
public enum EndsOn
{
    /// <summary>The one that it ran before.</summary>
    Old,

    /// <summary>The one that was deployed.</summary>
    New,

    /// <summary>One of the two, whole.</summary>
    Either,

    /// <summary>The fault itself says which, host by host.</summary>
    AsActed,
}

/// <summary>How a fault must end.</summary>
/// <param name="System">On which system.</param>
/// <param name="Says">What the report must say; <see langword="null"/>: anything.</param>
public sealed record Ending(EndsOn System, string? Says = null)
{
    /// <summary>Whether the guard must have rolled back without a verdict; <see langword="null"/>: it may.</summary>
    public bool? ByGuard { get; init; }

    /// <summary>Whether the guard must have rebooted the host for it; <see langword="null"/>: it may.</summary>
    public bool? Rebooted { get; init; }

    /// <summary>What is no finding here: sentences that contain one of these.</summary>
    public IReadOnlyList<string> Excuses { get; init; } = [];

    /// <summary>Whether a sentence is no finding.</summary>
    public bool IsExcused(string finding) => Excuses.Any(e => finding.Contains(e, StringComparison.Ordinal));
}

/// <summary>How a fault did end.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Hosts">The hosts that it struck.</param>
/// <param name="Ended">How it ended, in a few words.</param>
/// <param name="Seconds">From the start of the deployment until every host was consistent again.</param>
/// <param name="Findings">What was not as it must be, a sentence each; empty when all was.</param>
public sealed record FaultOutcome(Fault Fault, IReadOnlyList<string> Hosts, string Ended, double Seconds, IReadOnlyList<string> Findings)
{
    public override string ToString() => Findings.Count == 0
        ? $"{Fault} on {string.Join(", ", Hosts)}: {Ended}, {Seconds:0.0} s"
        : $"{Fault} on {string.Join(", ", Hosts)}: {Ended}, {Seconds:0.0} s\n    {string.Join("\n    ", Findings)}";
}
