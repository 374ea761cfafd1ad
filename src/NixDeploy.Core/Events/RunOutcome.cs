namespace NixDeploy.Events;

/// <summary>How a run ended.</summary>
public enum RunOutcome
{
    /// <summary>Every host runs what it should, but for those that could not be reached and are left out or put off, as was wished.</summary>
    Succeeded,

    /// <summary>At least one host failed while deploying; every such host is back on its old system.</summary>
    Failed,

    /// <summary>At least one host was refused before anything on it was touched; none failed.</summary>
    Refused,

    /// <summary>A person stopped the run, its controller was gone before its end, or it was not approved and is taken back; no host failed.</summary>
    Cancelled,

    /// <summary>At least one host could not be brought back or could not be asked: a person is needed.</summary>
    ManualInterventionRequired,
}
