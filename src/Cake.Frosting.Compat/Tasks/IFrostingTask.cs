using Cake.Core;

namespace Cake.Frosting;

/// <summary>A step of a build that can be named on the command line.</summary>
public interface IFrostingTask
{
    /// <summary>What is logged when <see cref="ShouldRun"/> says no.</summary>
    string SkippedMessage => string.Empty;

    /// <summary>Does the work.</summary>
    /// <param name="context">The build's context.</param>
    /// <returns>Completes when the work is done.</returns>
    Task RunAsync(ICakeContext context);

    /// <summary>Whether there is anything to do. No is an error where the task was asked for by name.</summary>
    /// <param name="context">The build's context.</param>
    /// <returns><see langword="false"/> to skip the task.</returns>
    bool ShouldRun(ICakeContext context);

    /// <summary>Handles a failure of <see cref="RunAsync"/>; returning normally means that it is dealt with.</summary>
    /// <param name="exception">What went wrong.</param>
    /// <param name="context">The build's context.</param>
    void OnError(Exception exception, ICakeContext context);

    /// <summary>Runs after the task, whether it succeeded or not.</summary>
    /// <param name="context">The build's context.</param>
    void Finally(ICakeContext context);
}
