namespace Cake.Frosting.NixDeploy;

/// <summary>What a build's context offers so that the deployment tasks can run in it.</summary>
/// <example>
/// <code>
/// public sealed class BuildContext(ICakeContext context, NixDeployState state) : FrostingContext(context), INixDeployContext
/// {
///     public NixDeployState NixDeploy => state;
/// }
/// </code>
/// </example>
public interface INixDeployContext : IFrostingContext
{
    /// <summary>The parameters and the state that the tasks share; have it injected into the context's constructor.</summary>
    NixDeployState NixDeploy { get; }
}
