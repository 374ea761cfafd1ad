using System.Collections.Immutable;
using NixDeploy.Hosts;
using NixDeploy.Planning;

namespace NixDeploy;

/// <summary>What a <see cref="DeploymentCoordinator"/> is made of. The defaults are right for a flake in the current folder.</summary>
public sealed record NixDeployOptions
{
    /// <summary>
    /// Where the fleet is: a folder with a flake.nix or a fleet.json, a .json or .nix file, or a flake reference.
    /// Default: the current folder.
    /// </summary>
    public string Fleet { get; init; } = ".";

    /// <summary>Where journals, reports and logs are kept. Default: <c>.nixdeploy</c> in the current folder.</summary>
    public string StateFolder { get; init; } = ".nixdeploy";

    /// <summary>Ways to reach hosts beside ssh.net, openssh and local; one of the same name takes the place of ours.</summary>
    public ImmutableArray<ITransport> Transports { get; init; } = [];

    /// <summary>Strategies beside ours; one of the same name takes the place of ours.</summary>
    public ImmutableArray<IDeploymentStrategy> Strategies { get; init; } = [];

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
