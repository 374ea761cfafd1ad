using System.Reflection;

namespace Cake.Frosting.NixDeploy;

/// <summary>What tasks are called.</summary>
internal static class TaskNames
{
    /// <summary>The name that a task's class declares, as Cake reads it.</summary>
    public static string Declared(Type task) => task.GetCustomAttribute<TaskNameAttribute>()?.Name ?? task.Name;

    /// <summary>The name that a task has in a build: one of ours may be renamed.</summary>
    public static string Of(Type task, NixDeployTaskOptions options) =>
        options.Names.TryGetValue(task, out var name) ? name
        : NixDeployTasks.All.Contains(task) ? options.Prefix + Declared(task)
        : Declared(task);
}
