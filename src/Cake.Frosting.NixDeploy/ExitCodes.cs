using NixDeploy;

namespace Cake.Frosting.NixDeploy;

/// <summary>What a run's exit code says.</summary>
/// <remarks>A failure that is none of these (a task that does not compile, a bug) exits as Cake lets it: 255.</remarks>
public static class ExitCodes
{
    /// <summary>Everything that was asked for was done.</summary>
    public const int Success = 0;

    /// <summary>A deployment failed; the hosts it had changed were rolled back.</summary>
    public const int DeploymentFailed = 1;

    /// <summary>The caller asked for something that cannot be: an argument, a fleet, a selection. Nothing was touched.</summary>
    public const int Usage = 2;

    /// <summary>Preflight or security checks refused before anything was touched.</summary>
    public const int Refused = 3;

    /// <summary>The user stopped the run.</summary>
    public const int Cancelled = 130;

    /// <summary>The exit code that an error stands for.</summary>
    /// <param name="exception">What a task threw.</param>
    /// <returns>The code, or <see langword="null"/> when the error is none of ours.</returns>
    public static int? Of(Exception? exception) => exception switch
    {
        null => null,
        AggregateException several => several.InnerExceptions.Select(Of).FirstOrDefault(code => code is not null),
        OperationCanceledException => Cancelled,
        UsageException or FleetException => Usage,
        NixException or StateException => Refused,
        NixDeployException => DeploymentFailed,
        _ => Of(exception.InnerException),
    };
}
