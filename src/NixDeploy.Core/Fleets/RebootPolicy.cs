namespace NixDeploy.Fleets;

/// <summary>Whether a host that was deployed is rebooted.</summary>
public enum RebootPolicy
{
    /// <summary>Never: it is told where a reboot is needed.</summary>
    Never,

    /// <summary>
    /// Where only a reboot completes the system: it cannot be activated while the host runs, it was only made the boot default, or the
    /// kernel, initrd, modules or kernel parameters that the host was booted with differ from its own.
    /// </summary>
    IfNeeded,

    /// <summary>Every host that was deployed.</summary>
    Always,
}
