using NixDeploy.Events;

namespace NixDeploy;

/// <summary>The exit codes of every task and command.</summary>
public static class ExitCodes
{
    /// <summary>Every host runs what it should, except unreachable ones that are skipped or deferred as configured.</summary>
    public const int Success = 0;

    /// <summary>At least one host failed while deploying; every such host is rolled back.</summary>
    public const int Failed = 1;

    /// <summary>The caller's arguments or the fleet's description are wrong; nothing was begun.</summary>
    public const int Usage = 2;

    /// <summary>At least one host was refused before it was touched; the result says whether others were deployed. Also: no Nix, no state folder.</summary>
    public const int Refused = 3;

    /// <summary>Manual intervention required: rollback failed, host unreachable, reboot pending, or the run's journal was lost.</summary>
    public const int ManualInterventionRequired = 4;

    /// <summary>The security gate blocked the deployment; nothing was touched.</summary>
    public const int BlockedBySecurityGate = 5;

    /// <summary>An error that should not happen.</summary>
    public const int Internal = 70;

    /// <summary>The run was cancelled or not approved.</summary>
    public const int Cancelled = 130;

    /// <summary>The exit code of a run's outcome.</summary>
    public static int Of(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Succeeded => Success,
        RunOutcome.Failed => Failed,
        RunOutcome.Refused => Refused,
        RunOutcome.Cancelled => Cancelled,
        _ => ManualInterventionRequired,
    };

    /// <summary>The exit code of an error.</summary>
    public static int Of(Exception error) => error switch
    {
        UsageException or FleetException => Usage,
        StateLostException => ManualInterventionRequired,
        NixDeployException => Refused,
        OperationCanceledException => Cancelled,
        _ => Internal,
    };
}
