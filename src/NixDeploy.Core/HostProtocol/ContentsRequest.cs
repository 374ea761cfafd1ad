using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>What a host is asked before anything is changed there.</summary>
/// <param name="Target">The system it is to run.</param>
/// <param name="Closure">Every path of that system's closure; the host is asked which of them it lacks.</param>
public sealed record ContentsRequest(StorePath Target, ImmutableArray<StorePath> Closure)
{
    /// <summary>A system that the host is to describe, mostly the one that it runs; <see langword="null"/> for none.</summary>
    public StorePath? Describe { get; init; }

    /// <summary>Whether the host is asked what an activation would do, when it has the whole target; true by default.</summary>
    public bool DryActivate { get; init; } = true;
}

/// <summary>What a host answered.</summary>
/// <param name="Missing">The paths of the closure that it lacks.</param>
/// <param name="Contents">What the other system consists of; <see langword="null"/> when that was not asked, or the host does not have it.</param>
public sealed record HostContents(ImmutableArray<StorePath> Missing, SystemContents? Contents)
{
    /// <summary>What an activation would do; <see langword="null"/> when a path is missing, or the host could not say.</summary>
    public DryActivation? DryActivation { get; init; }
}
