using NixDeploy.Fleets;

namespace NixDeploy.Nix;

/// <summary>Tells a NixOS system from any other store path, before a host is touched; the host checks it again.</summary>
internal static class SystemCheck
{
    /// <summary>Why the path cannot be deployed; <see langword="null"/> when it is a system, or is not in this machine's store.</summary>
    public static Problem? Check(HostName host, StorePath system) =>
        Path.Exists(system.Value) && !File.Exists(Path.Combine(system.Value, "bin", "switch-to-configuration"))
            ? new Problem("ND0614", $"{host}: {system} is no NixOS system: it has no bin/switch-to-configuration; set toplevel to config.system.build.toplevel.")
            : null;
}
