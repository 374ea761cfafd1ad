using Microsoft.Extensions.Logging;

namespace NixDeploy.Runs;

/// <summary>What a run tells the program's log.</summary>
internal static partial class RunMessages
{
    [LoggerMessage(1, LogLevel.Information, "Run {Run} starts: {Hosts} hosts to deploy, strategy {Strategy}.")]
    public static partial void RunStarts(this ILogger logger, string run, int hosts, string strategy);

    [LoggerMessage(2, LogLevel.Information, "Run {Run} ended as {Outcome}.")]
    public static partial void RunEnded(this ILogger logger, string run, Events.RunOutcome outcome);

    [LoggerMessage(3, LogLevel.Error, "Run {Run} cannot be recorded any more ({Code}); hosts in flight: {Hosts}.")]
    public static partial void StateLost(this ILogger logger, string run, string code, string hosts);

    [LoggerMessage(4, LogLevel.Warning, "The lease of run {Run} is lost; no further host is started.")]
    public static partial void LeaseLost(this ILogger logger, string run);

    [LoggerMessage(5, LogLevel.Warning, "The observer {Observer} failed: {Message}")]
    public static partial void ObserverFailed(this ILogger logger, string observer, string message);

    [LoggerMessage(6, LogLevel.Warning, "Commands to run {Run} are not heard any more: {Message}")]
    public static partial void CommandsFailed(this ILogger logger, string run, string message);

    [LoggerMessage(7, LogLevel.Warning, "{Notice}")]
    public static partial void StateMoved(this ILogger logger, string notice);
}
