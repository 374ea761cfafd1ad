using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>
/// Remembers why a run failed. Cake turns every failure into the same exit code; this keeps the difference.
/// </summary>
/// <remarks>
/// Tasks do nothing for it: whatever one throws is mapped by <see cref="ExitCodes"/>. A task whose result is a failure that
/// is not an exception sets <see cref="Code"/> itself before it throws. Used by one run on one thread at a time.
/// </remarks>
public sealed class ExitStatus
{
    /// <summary>The exit code of the failure seen last, or <see langword="null"/> when there was none of ours.</summary>
    public int? Code { get; set; }

    /// <summary>The exit code of the whole program.</summary>
    /// <param name="hostExitCode">What <see cref="CakeHost.Run"/> returned.</param>
    /// <returns>0 when the host succeeded, whatever failed and was tolerated on the way.</returns>
    public int After(int hostExitCode) => hostExitCode == ExitCodes.Success ? ExitCodes.Success : Code ?? hostExitCode;

    /// <summary>Whether the failure ends the build, so that Cake says at its end what it was.</summary>
    internal bool EndsBuild { get; set; }

    /// <summary>Whether whatever failed has told everything itself.</summary>
    internal bool IsTold { get; set; }

    internal void Begin() => (Code, EndsBuild, IsTold) = (null, false, false);

    // A code that the task set itself says more than the exception it then had to throw.
    internal void Fail(Exception exception) => Code ??= CodeOf(exception);

    /// <summary>The code of an error of ours, however it was wrapped; none for what a build's own tasks throw.</summary>
    private static int? CodeOf(Exception? exception) => exception switch
    {
        null => null,
        AggregateException several => several.InnerExceptions.Select(CodeOf).FirstOrDefault(code => code is not null),
        NixDeployException or OperationCanceledException => ExitCodes.Of(exception),
        _ => CodeOf(exception.InnerException),
    };
}
