using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;

namespace NixDeploy.HostProtocol;

/// <summary>The store on the controller from which closures are pushed.</summary>
public interface ILocalStore
{
    /// <summary>Builds systems into the store in one batch; each is reported as soon as it is built or has failed.</summary>
    /// <param name="systems">What to build, by host.</param>
    /// <param name="rootsFolder">Where garbage collector roots for the results are made; <see langword="null"/>: none are.</param>
    /// <param name="built">Called once per host, from any thread.</param>
    /// <param name="log">A line of a build's log with the host it belongs to when that is known; lossy.</param>
    /// <param name="cancellationToken">Cancels the builds; what was built stays.</param>
    Task RealiseAsync(
        ImmutableDictionary<HostName, SystemBuild> systems, string? rootsFolder, Action<BuildResult> built, Action<HostName?, string> log, CancellationToken cancellationToken);

    /// <summary>Finds out which systems could not be built, without building any.</summary>
    /// <param name="systems">What would be built, by host.</param>
    /// <param name="cancellationToken">Cancels the question; nothing was built.</param>
    /// <returns>Why, for each that could not.</returns>
    Task<ImmutableDictionary<HostName, Problem>> DryRealiseAsync(ImmutableDictionary<HostName, SystemBuild> systems, CancellationToken cancellationToken);

    /// <summary>Every path of a system's closure, references before referrers.</summary>
    Task<ImmutableArray<StorePath>> ClosureAsync(StorePath system, CancellationToken cancellationToken);

    /// <summary>What a system consists of; <see langword="null"/> when it is not in this store.</summary>
    Task<SystemContents?> ContentsAsync(StorePath system, CancellationToken cancellationToken);

    /// <summary>Writes store paths in the format of <c>nix-store --export</c>.</summary>
    /// <param name="paths">In an order that has references before referrers.</param>
    /// <param name="destination">Where to; not closed.</param>
    /// <param name="cancellationToken">Cancels the export; the destination has a part of it.</param>
    Task ExportAsync(ImmutableArray<StorePath> paths, Stream destination, CancellationToken cancellationToken);
}

/// <summary>How the build for one host ended.</summary>
/// <param name="Host">The host.</param>
/// <param name="Problem">What went wrong, with the end of the failing build's log; <see langword="null"/> when it is built.</param>
public sealed record BuildResult(HostName Host, Problem? Problem);
