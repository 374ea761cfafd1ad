using Cake.Core;

namespace Cake.Frosting;

/// <summary>What happens before each task.</summary>
public interface IFrostingTaskSetup
{
    /// <summary>Prepares one task.</summary>
    /// <param name="context">The build's context.</param>
    /// <param name="info">The task that is about to run.</param>
    void Setup(ICakeContext context, ITaskSetupContext info);
}

/// <summary>What happens after each task, also when it failed.</summary>
public interface IFrostingTaskTeardown
{
    /// <summary>Ends one task.</summary>
    /// <param name="context">The build's context.</param>
    /// <param name="info">The task, how long it took, and what it failed with.</param>
    void Teardown(ICakeContext context, ITaskTeardownContext info);
}

/// <summary>Both ends of each task.</summary>
public interface IFrostingTaskLifetime : IFrostingTaskSetup, IFrostingTaskTeardown;
