using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NixDeploy.Events;
using NixDeploy.Hosts;
using NixDeploy.Journal;
using NixDeploy.Nix;
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

    /// <summary>A source of the fleet in place of <see cref="Fleet"/>, such as an <see cref="InMemoryFleetSource"/>.</summary>
    public IFleetSource? Source { get; init; }

    /// <summary>How Nix's programs are run.</summary>
    public NixOptions Nix { get; init; } = new();

    /// <summary>
    /// Where journals, reports and logs are kept. Default, as <see langword="null"/>: a folder for this fleet in the user's state directory
    /// (<c>~/.local/state/nixdeploy</c>), or a <c>.nixdeploy</c> of an earlier version in the current folder.
    /// </summary>
    public string? StateFolder { get; init; }

    /// <summary>Ways to reach hosts beside ssh.net, openssh and local; one of the same name takes the place of ours.</summary>
    public ImmutableArray<ITransport> Transports { get; init; } = [];

    /// <summary>Strategies beside ours; one of the same name takes the place of ours.</summary>
    public ImmutableArray<IDeploymentStrategy> Strategies { get; init; } = [];

    /// <summary>Opens the store of runs. Default: SQLite in <see cref="StateFolder"/>.</summary>
    public IDeploymentStoreProvider? Stores { get; init; }

    /// <summary>Gives leases of runs. Default: a locked file in the run's folder.</summary>
    public ILeaseProvider? Leases { get; init; }

    /// <summary>Carries commands to a run from other processes. Default: files in the run's folder.</summary>
    public Func<RunFolder, IRunCommands>? Commands { get; init; }

    /// <summary>Observers beside report, status and logs: each makes one for a run that begins.</summary>
    public ImmutableArray<Func<RunFolder, IRunObserver>> Observers { get; init; } = [];

    /// <summary>Where the program's own log goes. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where everything about runs is kept.</summary>
    internal RunStorage Storage => new(State, Stores ?? new SqliteStoreProvider(State), Leases ?? new FolderLeaseProvider(State));

    /// <summary>The state folder, which a coordinator has found out by now.</summary>
    internal string State => StateFolder ?? throw new InvalidOperationException("The state folder is not known yet.");

    internal IRunCommands CommandsOf(RunFolder folder) => Commands?.Invoke(folder) ?? new FolderRunCommands(folder, Time);
}
