using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Events;

/// <summary>A person is asked whether the next stage begins.</summary>
/// <param name="Stage">The place in the plan, from 0, of the stage that was deployed.</param>
/// <param name="Hosts">The hosts that it has deployed.</param>
/// <param name="Prompt">What is asked.</param>
/// <param name="Timeout">How long an answer is waited for.</param>
public sealed record ApprovalRequested(int Stage, ImmutableArray<HostName> Hosts, string Prompt, TimeSpan Timeout) : DeploymentEvent
{
    /// <summary>The run's id, for whoever answers from elsewhere.</summary>
    public string Run { get; init; } = "";
}

/// <summary>A person's answer to whether the next stage begins.</summary>
/// <param name="Approved">Whether it does.</param>
/// <param name="By">Who says so.</param>
/// <param name="Reason">Why, in a few words; may be empty.</param>
internal sealed record ApprovalAnswer(bool Approved, string By, string Reason);

/// <summary>The next stage begins: a person said so.</summary>
/// <param name="Stage">The stage's place in the plan, from 0.</param>
/// <param name="By">Who.</param>
public sealed record ApprovalGiven(int Stage, string By) : DeploymentEvent;

/// <summary>The next stage does not begin, and the run is rolled back: a person said so, or nobody answered in time.</summary>
/// <param name="Stage">The stage's place in the plan, from 0.</param>
/// <param name="By">Who; <see langword="null"/> when nobody answered.</param>
/// <param name="Reason">Why, in a few words; may be empty.</param>
public sealed record ApprovalRefused(int Stage, string? By, string Reason) : DeploymentEvent
{
    /// <summary>The same in a few words.</summary>
    internal string InWords => new HaltReason.NotApproved(By, Reason).ToString();
}
