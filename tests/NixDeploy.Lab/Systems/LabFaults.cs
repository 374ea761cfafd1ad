namespace NixDeploy.Labs;

/// <summary>How a system's switch-to-configuration goes wrong.</summary>
public sealed record LabFaults
{
    /// <summary>
    /// The exit code of switch and test, with what the real one has done by then: 1, 11 and 100 come before anything is activated;
    /// 2, 3 and 4 after everything is.
    /// </summary>
    public int? Answer { get; init; }

    /// <summary>The exit code of switch and test once everything is done that they do.</summary>
    public int? AnswerAfter { get; init; }

    /// <summary>
    /// A shell script, the system's pre-switch checks: it is given the system and the action. Where it fails, every action ends with 1
    /// before it has done anything, unless NIXOS_NO_CHECK is 1.
    /// </summary>
    public string? Checks { get; init; }

    /// <summary>systemd does not reload its units: exit code 3, and of the newer script 1, at once and with the units left that it has stopped.</summary>
    public bool? DaemonReload { get; init; }

    /// <summary>The exit code of boot, and of switch when it installs the boot loader: the boot default stays what it was.</summary>
    public int? AnswerBoot { get; init; }

    /// <summary>The exit code of dry-activate, which says nothing then.</summary>
    public int? AnswerDry { get; init; }

    /// <summary>Stops in the activation and ignores every signal that can be ignored.</summary>
    public bool? Hang { get; init; }

    /// <summary>Ends with 1 after units were stopped and before anything is activated.</summary>
    public bool? HalfWay { get; init; }

    /// <summary>Refuses switch and test as newer NixOS does when a reboot is needed: exit code 1, nothing activated.</summary>
    public bool? Inhibited { get; init; }

    /// <summary>A shell script run by the activation, in which $LAB_SWITCH_PID is switch-to-configuration.</summary>
    public string? Activation { get; init; }
}
