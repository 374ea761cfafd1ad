using Cake.Core;

namespace Cake.Frosting;

/// <summary>What a build's tasks share: Cake's services, and the build's own parameters and state.</summary>
public interface IFrostingContext : ICakeContext;
