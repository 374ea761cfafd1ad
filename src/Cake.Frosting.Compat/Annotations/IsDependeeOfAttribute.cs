namespace Cake.Frosting;

/// <summary>Runs this task before another one, which need not know of it.</summary>
/// <param name="type">The task that waits; a class that implements <see cref="IFrostingTask"/>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class IsDependeeOfAttribute(Type type) : Attribute
{
    /// <summary>The task that waits for this one.</summary>
    public Type Task { get; } = type;
}
