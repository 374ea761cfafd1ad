using Cake.Core.Diagnostics;

namespace Cake.Frosting.NixDeploy;

/// <summary>Cake's log, without Cake's words about a failure that is told already.</summary>
/// <remarks>
/// Cake says that an error occurred when a task fails, and the error's message when the build ends. Of a failure of ours the message is enough,
/// and where a summary has told everything nothing is left to say.
/// </remarks>
/// <param name="log">The log.</param>
/// <param name="status">What failed.</param>
internal sealed class FailureLog(ICakeLog log, ExitStatus status) : ICakeLog
{
    private const string TaskFailed = "An error occurred when executing task '{0}'.";
    private const string BuildFailed = "Error: {0}";

    public Verbosity Verbosity
    {
        get => log.Verbosity;
        set => log.Verbosity = value;
    }

    public void Write(Verbosity verbosity, LogLevel level, string format, params object[] args)
    {
        var isTold = level == LogLevel.Error && ((format == TaskFailed && status.EndsBuild) || (format == BuildFailed && status.IsTold));
        if (!isTold || log.Verbosity >= Verbosity.Verbose)
        {
            log.Write(verbosity, level, format, args);
        }
    }
}
