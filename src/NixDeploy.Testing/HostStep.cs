namespace NixDeploy.Testing;

/// <summary>What a session asks of a host; faults, latencies and the record of steps are told in these words.</summary>
public enum HostStep
{
    /// <summary>A connection is opened.</summary>
    Connect,

    /// <summary><c>inspect</c>.</summary>
    Inspect,

    /// <summary><c>contents</c>.</summary>
    Contents,

    /// <summary><c>prepare</c>.</summary>
    Prepare,

    /// <summary>Store paths are imported.</summary>
    Import,

    /// <summary><c>dry-activate</c>.</summary>
    DryActivate,

    /// <summary><c>try</c>.</summary>
    Try,

    /// <summary><c>renew</c>.</summary>
    Renew,

    /// <summary><c>commit</c>.</summary>
    Commit,

    /// <summary>The verdict <c>keep</c>.</summary>
    Keep,

    /// <summary><c>restore</c>.</summary>
    Restore,

    /// <summary><c>release</c>.</summary>
    Release,

    /// <summary>The host is rebooted.</summary>
    Reboot,

    /// <summary>The states of units are asked.</summary>
    Units,

    /// <summary>A program is run.</summary>
    Run,

    /// <summary>A TCP connection is opened.</summary>
    OpenTcp,
}

/// <summary>A step that a simulated host was asked for.</summary>
/// <param name="At">When, by the transport's clock.</param>
/// <param name="Host">Which host.</param>
/// <param name="Step">Which step.</param>
public sealed record SimulatedStep(DateTimeOffset At, Fleets.HostName Host, HostStep Step);

/// <summary>What goes wrong when a step is asked for.</summary>
public enum SimulatedFault
{
    /// <summary>The connection breaks before the host receives the request.</summary>
    LoseConnection,

    /// <summary>The host does it, and the connection breaks before its answer arrives.</summary>
    LoseAnswer,

    /// <summary>No answer comes until the session's deadline. The host did not receive the request.</summary>
    Freeze,

    /// <summary>The host loses its power before it receives the request, and boots its boot default.</summary>
    PowerCut,
}
