namespace Cake.Frosting.NixDeploy;

/// <summary>An example for <c>--help</c>: arguments behind a task's name.</summary>
/// <param name="arguments">The arguments.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
internal sealed class TaskExampleAttribute(string arguments) : Attribute
{
    /// <summary>The arguments.</summary>
    public string Arguments { get; } = arguments;
}
