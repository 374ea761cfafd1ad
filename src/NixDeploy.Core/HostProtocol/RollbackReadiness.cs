using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>Whether a host could go back right now.</summary>
/// <param name="Target">Where it would go: the newest earlier generation with another system; <see langword="null"/> when there is none.</param>
/// <param name="Checks">What a way back needs, in the order in which it was looked at.</param>
public sealed record RollbackReadiness(Generation? Target, ImmutableArray<ReadinessCheck> Checks)
{
    /// <summary>Whether nothing is missing.</summary>
    public bool IsReady => Checks.All(c => c.Passed);
}

/// <summary>One thing that a way back needs.</summary>
/// <param name="Name">
/// <c>generation</c>: there is an earlier one. <c>valid</c>: its system is in the store. <c>rooted</c>: the garbage collector leaves it.
/// <c>switch</c>: its switch-to-configuration is there. <c>writable</c>: the profile and the host's record can be written.
/// <c>guard</c>: a unit as the guard is one was started, and no guard is at work.
/// </param>
/// <param name="Passed">Whether it is so.</param>
/// <param name="Detail">What was looked at.</param>
public sealed record ReadinessCheck(string Name, bool Passed, string Detail);
