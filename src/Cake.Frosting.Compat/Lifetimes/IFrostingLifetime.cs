using Cake.Core;

namespace Cake.Frosting;

/// <summary>What happens once before the first task.</summary>
public interface IFrostingSetup
{
    /// <summary>Prepares the run; it happens on a dry run too.</summary>
    /// <param name="context">The build's context.</param>
    /// <param name="info">The requested task and those that will run.</param>
    void Setup(ICakeContext context, ISetupContext info);
}

/// <summary>What happens once after the last task, also when one failed.</summary>
public interface IFrostingTeardown
{
    /// <summary>Ends the run; it happens on a dry run too.</summary>
    /// <param name="context">The build's context.</param>
    /// <param name="info">Whether the run succeeded, and what it failed with.</param>
    void Teardown(ICakeContext context, ITeardownContext info);
}

/// <summary>Both ends of a run.</summary>
public interface IFrostingLifetime : IFrostingSetup, IFrostingTeardown;
