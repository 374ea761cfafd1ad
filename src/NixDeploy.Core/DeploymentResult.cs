using NixDeploy.Events;
using NixDeploy.Journal;

namespace NixDeploy;

/// <summary>How a run ended.</summary>
/// <param name="Outcome">In one word.</param>
/// <param name="State">Everything that is known of it.</param>
/// <param name="Folder">Where its report, status and logs are.</param>
public sealed record DeploymentResult(RunOutcome Outcome, RunState State, RunFolder Folder)
{
    /// <summary>The exit code that says it; <see cref="ExitCodes"/> has their meaning.</summary>
    public int ExitCode => ExitCodes.Of(Outcome);
}
