using Cake.Core;
using Cake.Frosting;
using Cake.Frosting.NixDeploy;

namespace FrostingConsumer;

/// <summary>The pipeline's own context.</summary>
public sealed class PipelineContext(ICakeContext context, NixDeployState state) : FrostingContext(context), INixDeployContext
{
    public NixDeployState NixDeploy => state;
}
