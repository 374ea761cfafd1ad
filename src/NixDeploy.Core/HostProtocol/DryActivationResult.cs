using NixDeploy.Changes;

namespace NixDeploy.HostProtocol;

/// <summary>What a system says that its activation would do.</summary>
/// <param name="ExitCode">The exit code of its <c>switch-to-configuration dry-activate</c>; 124 when it did not end in time.</param>
/// <param name="Output">What it wrote: at most its last 200 lines.</param>
public sealed record DryActivationResult(int ExitCode, string Output)
{
    /// <summary>What the system's own check before a switch says against it; empty when it passes, or there is none.</summary>
    public string FailedCheck { get; init; } = "";

    /// <summary>Both, for the host's log.</summary>
    internal string All => FailedCheck.Length == 0 ? Output : $"{Output}\n{FailedCheck}";

    /// <summary>Whether the activation could be worked out.</summary>
    public bool Succeeded => ExitCode == 0;

    /// <summary>What it would do to units.</summary>
    public DryActivation Units => DryActivationReader.Read(Output.Split('\n')) with { FailedCheck = FailedCheck };
}
