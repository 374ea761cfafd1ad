using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>Whether a host could roll back right now.</summary>
/// <param name="Target">The generation it would roll back to: the newest earlier one with another system; <see langword="null"/> when there is none.</param>
/// <param name="Checks">What a rollback needs, in the order in which it was checked.</param>
public sealed record RollbackReadiness(Generation? Target, ImmutableArray<ReadinessCheck> Checks)
{
    /// <summary>Whether every check passed.</summary>
    public bool IsReady => Checks.All(c => c.Passed);
}

/// <summary>One thing that a rollback needs.</summary>
/// <param name="Name">
/// <c>generation</c>: there is an earlier one. <c>valid</c>: its system is in the store. <c>rooted</c>: the garbage collector does not delete it.
/// <c>switch</c>: its switch-to-configuration is there. <c>writable</c>: the profile and the host's record can be written.
/// <c>guard</c>: a unit like the guard's was started, and no guard is running.
/// </param>
/// <param name="Passed">Whether it is there.</param>
/// <param name="Detail">What was checked.</param>
public sealed record ReadinessCheck(string Name, bool Passed, string Detail);
