using Cake.Common;
using Cake.Core;
using Cake.Frosting;

namespace Build;

/// <summary>What this repository's own tasks share.</summary>
public sealed class BuildContext(ICakeContext context, Repository repository) : FrostingContext(context)
{
    public Repository Repository { get; } = repository;

    public string BuildConfiguration { get; } = context.Argument("configuration", "Debug");
}
