namespace Cake.Frosting;

/// <summary>Runs another task before this one.</summary>
/// <param name="type">The task to run first; a class that implements <see cref="IFrostingTask"/>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class IsDependentOnAttribute(Type type) : Attribute
{
    /// <summary>The task to run first.</summary>
    public Type Task { get; } = type;
}
