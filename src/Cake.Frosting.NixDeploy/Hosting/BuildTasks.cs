using System.Collections.Immutable;
using Cake.Core;
using Cake.Core.Graph;

namespace Cake.Frosting.NixDeploy;

/// <summary>The tasks of a build, ours and its own, and which of them a target means.</summary>
/// <param name="all">All of them.</param>
/// <param name="types">The classes of those that have one, by name.</param>
internal sealed class BuildTasks(ImmutableArray<CakeTask> all, IReadOnlyDictionary<string, Type> types)
{
    private readonly Dictionary<string, CakeTask> byName = all.ToDictionary(t => t.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>All of them, in the order of their registration.</summary>
    public ImmutableArray<CakeTask> All => all;

    /// <summary>The task of a name.</summary>
    public CakeTask this[string name] => byName[name];

    /// <summary>Whether there is a task of that name.</summary>
    public bool Has(string name) => byName.ContainsKey(name);

    /// <summary>A task's class; <see langword="null"/> where it has none.</summary>
    public Type? TypeOf(string name) => types.GetValueOrDefault(name);

    /// <summary>Whether the task is one of ours.</summary>
    public bool IsOurs(string name) => TypeOf(name) is { } type && NixDeployTasks.All.Contains(type);

    /// <summary>Every task that targets lead to, once, each behind its dependencies.</summary>
    public IEnumerable<string> Sequence(IEnumerable<string> targets)
    {
        var graph = CakeGraphBuilder.Build(all);
        return targets.SelectMany(graph.Traverse).Distinct(StringComparer.OrdinalIgnoreCase);
    }
}
