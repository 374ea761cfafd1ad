namespace Cake.Frosting.NixDeploy;

/// <summary>Declares an argument of a build's own task: it is known then, and shown by <c>--help</c>.</summary>
/// <param name="name">Its name, without dashes.</param>
/// <param name="form">What its value looks like, such as <c>N</c>; empty for a flag.</param>
/// <param name="description">What it means, in a few words.</param>
/// <example><code>[TaskArgument("times", "N", "how often each fault is run")]</code></example>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class TaskArgumentAttribute(string name, string form, string description) : Attribute
{
    /// <summary>Its name, without dashes.</summary>
    public string Name { get; } = name;

    /// <summary>What its value looks like; empty for a flag.</summary>
    public string Form { get; } = form;

    /// <summary>What it means.</summary>
    public string Description { get; } = description;

    /// <summary>What holds where it is not given; empty: nothing worth saying.</summary>
    public string Default { get; init; } = "";
}
