using Cake.Common;
using Cake.Core;
using Cake.Frosting;
using Cake.Frosting.NixDeploy;

namespace Build;

/// <summary>What this repository's own tasks share.</summary>
public sealed class BuildContext(ICakeContext context, Repository repository, NixDeployState state) : FrostingContext(context), INixDeployContext
{
    public Repository Repository { get; } = repository;

    public string BuildConfiguration { get; } = context.Argument("configuration", "Debug");

    public NixDeployState NixDeploy { get; } = state;
}
