using System.Reflection;
using Cake.Core;

namespace Cake.Frosting.Internal;

/// <summary>What a task's class says about the task.</summary>
internal sealed class TaskDefinition(IFrostingTask task, IFrostingContext context)
{
    private readonly Type _type = task.GetType();
    private readonly Type _contextOfBuild = context.GetType();

    public IFrostingTask Task => task;

    public string Name => NameOf(_type);

    public string? Description => _type.GetCustomAttribute<TaskDescriptionAttribute>()?.Description;

    public bool ContinuesOnError => _type.IsDefined(typeof(ContinueOnErrorAttribute));

    public IEnumerable<string> Dependencies =>
        _type.GetCustomAttributes<IsDependentOnAttribute>().Select(attribute => RequireTask(attribute.Task));

    public IEnumerable<string> Dependees =>
        _type.GetCustomAttributes<IsDependeeOfAttribute>().Select(attribute => RequireTask(attribute.Task));

    /// <summary>The context that the direct base class names. A task further down the tree is taken to need none.</summary>
    public Type ContextType =>
        _type.BaseType is { IsConstructedGenericType: true } parent && IsTaskBase(parent)
            ? parent.GenericTypeArguments[0]
            : typeof(ICakeContext);

    public bool FitsContext => _contextOfBuild.IsAssignableTo(ContextType);

    public bool OverridesRun => BaseClass().GetGenericTypeDefinition() == typeof(FrostingTask<>)
        ? Overrides(nameof(FrostingTask.Run), _contextOfBuild)
        : Overrides(nameof(AsyncFrostingTask.RunAsync), _contextOfBuild);

    public bool OverridesShouldRun => Overrides(nameof(IFrostingTask.ShouldRun), _contextOfBuild);

    public bool OverridesOnError => Overrides(nameof(IFrostingTask.OnError), typeof(Exception), _contextOfBuild);

    public bool OverridesFinally => Overrides(nameof(IFrostingTask.Finally), _contextOfBuild);

    private static bool IsTaskBase(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var definition
        && (definition == typeof(FrostingTask<>) || definition == typeof(AsyncFrostingTask<>));

    private static string NameOf(Type type) => type.GetCustomAttribute<TaskNameAttribute>()?.Name ?? type.Name;

    private string RequireTask(Type type) => type.IsAssignableTo(typeof(IFrostingTask))
        ? NameOf(type)
        : throw new FrostingException($"'{Name}' names '{type.Name}' as a task it is connected with, which is not a task.");

    private Type BaseClass()
    {
        for (var type = _type.BaseType; type is not null; type = type.BaseType)
        {
            if (IsTaskBase(type))
            {
                return type;
            }
        }

        throw new FrostingException($"'{_type.FullName}' implements IFrostingTask but derives from neither FrostingTask nor AsyncFrostingTask.");
    }

    private bool Overrides(string method, params Type[] parameters)
    {
        var found = _type.GetMethod(method, parameters)
            ?? throw new FrostingException(
                $"'{_type.FullName}' has no {method} that takes the build's context; derive directly from FrostingTask<T> or AsyncFrostingTask<T>.");
        return found.GetBaseDefinition().DeclaringType != found.DeclaringType;
    }
}
