using System.Security.Cryptography;
using System.Text;
using NixDeploy.Labs.Support;

namespace NixDeploy.Labs.Setup;

/// <summary>
/// The root folder that all hosts of all labs share, read-only, below their own disks. It is made once per recipe, whole or not at
/// all, and by one process at a time.
/// </summary>
internal static class BaseImage
{
    private const string Suite = "trixie";

    private const string Own =
        "systemd,systemd-sysv,openssh-server,nix-bin,iproute2,iputils-ping,sudo,dbus,ca-certificates,busybox,dash,procps";

    // The modules of Perl that NixOS's script has used over the years; Net::DBus needs XML::Twig. Users' units need logind.
    private const string OfSwitchScript = "perl,libconfig-inifiles-perl,libfile-slurp-perl,libnet-dbus-perl,libxml-twig-perl,libpam-systemd";

    /// <param name="cache">Where such roots are kept.</param>
    /// <param name="switchScript">Whether NixOS's own switch-to-configuration is to run there.</param>
    /// <param name="log">Called when one has to be made.</param>
    /// <param name="ct">Cancels the making.</param>
    /// <returns>The root.</returns>
    public static async Task<string> EnsureAsync(string cache, bool switchScript, Action<string> log, CancellationToken ct)
    {
        var packages = switchScript ? $"{Own},{OfSwitchScript}" : Own;
        var path = Path.Combine(cache, "base-" + Recipe(packages));
        if (Directory.Exists(path))
        {
            return path;
        }

        using var held = await FileLock.AcquireAsync(Path.Combine(cache, "lock"), TimeSpan.FromMinutes(10), ct);
        if (Directory.Exists(path))
        {
            return path;
        }

        foreach (var leftOver in Directory.GetDirectories(cache, "*.new"))
        {
            await Tool.RunAsync("rm", ["-rf", "--one-file-system", leftOver], ct);
        }

        log($"Making the hosts' root from Debian {Suite} (once; about half a minute): {path}");
        var files = Directory.CreateTempSubdirectory("nixdeploy-lab-");
        try
        {
            Resource.WriteFolder("base", files.FullName);
            await BootstrapAsync(path + ".new", packages, files.FullName, ct);
        }
        finally
        {
            files.Delete(recursive: true);
        }

        Directory.Move(path + ".new", path);
        return path;
    }

    private static Task<string> BootstrapAsync(string target, string packages, string files, CancellationToken ct) => Tool.RunAsync(
        "mmdebstrap",
        [
            "--variant=minbase", $"--include={packages}",
            "--aptopt=Acquire::Languages \"none\"",
            "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
            "--customize-hook=mkdir -p \"$1/etc/systemd/system-generators\"",
            $"--customize-hook=install -m 755 '{files}/boot-generator.sh' \"$1/etc/systemd/system-generators/lab-boot\"",
            $"--customize-hook=chroot \"$1\" /bin/sh < '{files}/setup.sh'",
            Suite, target,
        ],
        ct);

    private static string Recipe(string packages)
    {
        var recipe = string.Join('\n', Resource.Under("base").Order().Select(Resource.Read).Prepend(packages).Prepend(Suite));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(recipe)))[..12];
    }
}
