namespace NixDeploy.Events;

/// <summary>How a run ended.</summary>
public enum RunOutcome
{
    /// <summary>Every host runs what it should, except unreachable hosts that are skipped or deferred, as the settings say.</summary>
    Succeeded,

    /// <summary>At least one host failed while deploying; every such host is back on its old system.</summary>
    Failed,

    /// <summary>At least one host was refused before anything on it was touched; none failed.</summary>
    Refused,

    /// <summary>A person stopped the run, it was interrupted, or it was not approved and is rolled back; no host failed.</summary>
    Cancelled,

    /// <summary>Manual intervention required: a rollback failed, or a host cannot be asked.</summary>
    ManualInterventionRequired,
}
