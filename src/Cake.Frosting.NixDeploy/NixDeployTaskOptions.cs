using System.Collections.Immutable;
using Cake.Core.IO;
using NixDeploy.Hosts;
using NixDeploy.Planning;

namespace Cake.Frosting.NixDeploy;

/// <summary>How <see cref="CakeHostExtensions.UseNixDeploy(CakeHost, Action{NixDeployTaskOptions})"/> adds the tasks. The defaults add them all.</summary>
public sealed record NixDeployTaskOptions
{
    /// <summary>Which tasks are added. Default: all.</summary>
    public Func<Type, bool> Filter { get; set; } = _ => true;

    /// <summary>What the names of our tasks begin with, such as <c>Fleet-</c>. Default: nothing.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Names of tasks by class, in place of the prefix and their own: <c>o.Names[typeof(PlanTask)] = "Preview"</c>. Default: none.</summary>
    public IDictionary<Type, string> Names { get; init; } = new Dictionary<Type, string>();

    /// <summary>The fleet when <c>--fleet</c> is not given, from the caller's folder; <see langword="null"/>: that folder itself.</summary>
    public Func<DirectoryPath, string?> DefaultFleet { get; set; } = _ => null;

    /// <summary>Ways to reach hosts beside our own; given the state folder and the clock.</summary>
    public Func<string, TimeProvider, ImmutableArray<ITransport>> Transports { get; set; } = (_, _) => [];

    /// <summary>Strategies beside our own.</summary>
    public ImmutableArray<IDeploymentStrategy> Strategies { get; set; } = [];

    /// <summary>Arguments that the build's context reads; those of single tasks are declared with <see cref="TaskArgumentAttribute"/>.</summary>
    public ImmutableArray<string> OtherArguments { get; set; } = [];
}
