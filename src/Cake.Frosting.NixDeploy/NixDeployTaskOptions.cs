using System.Collections.Immutable;
using Cake.Core.IO;
using NixDeploy.Hosts;
using NixDeploy.Planning;

namespace Cake.Frosting.NixDeploy;

/// <summary>How <see cref="CakeHostExtensions.UseNixDeploy"/> adds the tasks. The defaults add them all.</summary>
public sealed record NixDeployTaskOptions
{
    /// <summary>Which tasks are added; leave out those whose name your build has already. Default: all.</summary>
    public Func<Type, bool> Filter { get; init; } = _ => true;

    /// <summary>The fleet when <c>--fleet</c> is not given, from the caller's folder; <see langword="null"/>: that folder itself.</summary>
    public Func<DirectoryPath, string?> DefaultFleet { get; init; } = _ => null;

    /// <summary>Ways to reach hosts beside our own; given the state folder and the clock.</summary>
    public Func<string, TimeProvider, ImmutableArray<ITransport>> Transports { get; init; } = (_, _) => [];

    /// <summary>Strategies beside our own.</summary>
    public ImmutableArray<IDeploymentStrategy> Strategies { get; init; } = [];

    /// <summary>Arguments of the build's own tasks, so that they are not taken for misspelt ones of ours.</summary>
    public ImmutableArray<string> OtherArguments { get; init; } = [];
}
