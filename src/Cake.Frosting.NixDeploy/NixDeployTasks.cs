using System.Collections.Immutable;

namespace Cake.Frosting.NixDeploy;

/// <summary>The deployment tasks of this assembly.</summary>
public static class NixDeployTasks
{
    /// <summary>Every task, by name.</summary>
    public static ImmutableArray<Type> All { get; } =
    [
        .. typeof(NixDeployTasks).Assembly.GetExportedTypes()
            .Where(type => typeof(IFrostingTask).IsAssignableFrom(type) && !type.IsAbstract)
            .OrderBy(type => type.Name, StringComparer.Ordinal),
    ];
}
