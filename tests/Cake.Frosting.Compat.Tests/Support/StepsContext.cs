using Cake.Core;

namespace Cake.Frosting.Compat.Tests.Support;

/// <summary>A context of a build's own, made by injection.</summary>
internal sealed class StepsContext(ICakeContext context, Steps steps) : FrostingContext(context)
{
    public void Did(string name) => steps.Add(name);
}
