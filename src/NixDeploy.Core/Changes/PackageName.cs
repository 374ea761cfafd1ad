using System.Collections.Frozen;
using NixDeploy.Fleets;

namespace NixDeploy.Changes;

/// <summary>What the name of a store path says: a package's name and version.</summary>
/// <param name="Name">Up to the first dash that no letter follows.</param>
/// <param name="Version">The rest, without the output it may name: <c>3.0.1</c> of <c>openssl-3.0.1-bin</c>; empty when there is none.</param>
public sealed record PackageName(string Name, string Version)
{
    /// <summary>Outputs and wrappings that nixpkgs appends to a version: all are parts of the one package.</summary>
    private static readonly FrozenSet<string> Outputs = FrozenSet.Create(
        StringComparer.Ordinal,
        "bin", "data", "debug", "dev", "devdoc", "devman", "dist", "dnsutils", "doc", "env", "examples", "getent", "gsettings", "host", "info", "installedTests",
        "lib", "lib32", "lib64", "libexec", "libgcc", "login", "man", "modules", "mount", "out", "py", "python", "run", "sbin", "static", "su", "swap",
        "systemd", "terminfo", "tests", "tools", "unwrapped", "withPlugins", "wrapper", "xdg");

    /// <summary>Suffixes of files in a store that are no packages.</summary>
    private static readonly FrozenSet<string> FileEndings = FrozenSet.Create(
        StringComparer.Ordinal,
        ".automount", ".conf", ".crt", ".device", ".diff", ".drv", ".gz", ".json", ".key", ".lock", ".mount", ".network", ".nix", ".patch", ".path", ".pem", ".pl",
        ".py", ".rules", ".scope", ".service", ".sh", ".slice", ".socket", ".swap", ".target", ".timer", ".toml", ".txt", ".xml", ".xz", ".yaml", ".yml", ".zip", ".zst");

    /// <summary>What NixOS itself generates; it is reported as units, files and kernel.</summary>
    private static readonly string[] NixOsOwn = ["nixos-system-", "unit-", "etc-", "initrd-"];

    /// <summary>Takes a name apart, as <c>builtins.parseDrvName</c> does but for the outputs.</summary>
    public static PackageName Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        for (var dash = name.IndexOf('-', StringComparison.Ordinal); dash >= 0; dash = name.IndexOf('-', dash + 1))
        {
            if (dash + 1 < name.Length && !char.IsAsciiLetter(name[dash + 1]))
            {
                return new PackageName(name[..dash], WithoutOutputs(name[(dash + 1)..]));
            }
        }

        return new PackageName(name, "");
    }

    /// <summary>The package that a store path belongs to; <see langword="null"/> when it is no package.</summary>
    /// <remarks>A package has a version that begins with a digit. Units, files of /etc, scripts, patches and systems are none.</remarks>
    public static PackageName? Of(StorePath path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var name = path.Name;
        if (NixOsOwn.Any(own => name.StartsWith(own, StringComparison.Ordinal)) || (name.LastIndexOf('.') is >= 0 and var dot && FileEndings.Contains(name[dot..])))
        {
            return null;
        }

        var package = Parse(name);
        return package.Version.Length > 0 && char.IsAsciiDigit(package.Version[0]) ? package : null;
    }

    private static string WithoutOutputs(string version)
    {
        while (version.LastIndexOf('-') is > 0 and var dash && Outputs.Contains(version[(dash + 1)..]))
        {
            version = version[..dash];
        }

        return version;
    }
}
