using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting.NixDeploy;

/// <summary>Tells a target that there is not, which is the caller's mistake, from a build that failed: Cake ends with one exit code for both.</summary>
internal static class Targets
{
    /// <summary>Whether one of the targets on the command line is no task of the build.</summary>
    public static bool AnyUnknown(IEnumerable<string> arguments, IServiceCollection services)
    {
        var tasks = services.Where(s => s.ServiceType == typeof(IFrostingTask)).Select(s => s.ImplementationType ?? s.ImplementationInstance?.GetType()).OfType<Type>()
            .Select(t => t.GetCustomAttribute<TaskNameAttribute>()?.Name ?? t.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return tasks.Count > 0 && Of(arguments).Any(t => !tasks.Contains(t));
    }

    private static IEnumerable<string> Of(IEnumerable<string> arguments)
    {
        var isNext = false;
        foreach (var argument in arguments)
        {
            string[] parts = argument.Split('=', 2);
            if (isNext)
            {
                yield return argument;
            }
            else if (parts is ["--target" or "-t", var target])
            {
                yield return target;
            }

            isNext = parts is ["--target" or "-t"];
        }
    }
}
