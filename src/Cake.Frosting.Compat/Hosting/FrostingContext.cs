using Cake.Core;

namespace Cake.Frosting;

/// <summary>The context to derive a build's own from.</summary>
/// <param name="context">Cake's services.</param>
public class FrostingContext(ICakeContext context) : CakeContextAdapter(context), IFrostingContext;
