using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Setup;

/// <summary>This machine's own Nix, which builds the systems of the fleet. Debian's comes without a configuration that works.</summary>
internal static class ControllerNix
{
    private const string Configuration = "/etc/nix/nix.conf";

    private const string Working =
        """
        # Written by the NixDeploy lab, because there was none: root builds directly, with this machine's own tools.
        build-users-group =
        experimental-features = nix-command flakes
        sandbox = false
        substituters =

        """;

    private const string Probe =
        """
        derivation {
          name = "nixdeploy-lab-probe";
          system = builtins.currentSystem;
          builder = "/bin/sh";
          args = [ "-c" "mkdir $out" ];
          PATH = "/usr/bin:/bin";
          __noChroot = true;
          unique = builtins.currentTime;
        }
        """;

    public static async Task EnsureAsync(Action<string> log, CancellationToken ct)
    {
        if (!File.Exists(Configuration))
        {
            log($"This machine's Nix has no {Configuration}: writing one with which root can build.");
            Directory.CreateDirectory(Path.GetDirectoryName(Configuration)!);
            await File.WriteAllTextAsync(Configuration, Working, ct);
        }

        var built = await Tool.TryAsync("nix-build", ["--no-out-link", "--expr", Probe], ct);
        if (!built.Succeeded)
        {
            var said = built.Error.Split('\n').LastOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? built.Error;
            throw new LabUnavailableException(
                $"The lab's systems cannot be built by this machine's Nix ({said.Trim()}): {Configuration} must allow root to build without "
                + "a sandbox, for example with `sandbox = relaxed` and, where the group nixbld is missing, `build-users-group =`.");
        }
    }
}
