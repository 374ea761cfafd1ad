using System.Text.RegularExpressions;

namespace NixDeploy.Labs;

/// <summary>What lab to bring up.</summary>
public sealed partial record LabOptions
{
    /// <summary>Tells labs on one machine apart: lower-case letters, digits and dashes, at most 30.</summary>
    public string Name { get; init; } = "lab";

    /// <summary>How many hosts, 1 to 60. A lab that has more of them keeps them.</summary>
    public int Hosts { get; init; } = 4;

    /// <summary>Where the lab's files go; below /var/tmp/nixdeploy-lab by default.</summary>
    public string Directory { get => field ?? DefaultDirectory(Name); init; }

    /// <summary>The size of each host's disk. It is a sparse file, so only what is written takes space.</summary>
    public int DiskMegabytes { get; init; } = 2048;

    /// <summary>How long hosts may take from power on until they are ready.</summary>
    public TimeSpan StartDeadline { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Where the root that all hosts share is kept between labs.</summary>
    public string CacheDirectory { get; init; } = "/var/cache/nixdeploy-lab";

    public static string DefaultDirectory(string name = "lab") => $"/var/tmp/nixdeploy-lab/{name}";

    /// <summary>
    /// NixOS's own switch-to-configuration.pl, of nixpkgs up to 24.05, which all systems of the lab get in place of the lab's stand-in.
    /// The hosts have what it needs. A lab keeps the one that it was made with.
    /// </summary>
    public string? SwitchScript { get; init; }

    internal LabOptions Validated()
    {
        if (!NamePattern().IsMatch(Name))
        {
            throw new ArgumentException($"A lab's name is lower-case letters, digits and dashes, at most 30, and not \"{Name}\".");
        }

        if (Hosts is < 1 or > 60)
        {
            throw new ArgumentException($"A lab has 1 to 60 hosts, not {Hosts}.");
        }

        if (SwitchScript is not null && !File.Exists(SwitchScript))
        {
            throw new ArgumentException($"There is no file {SwitchScript} with a switch-to-configuration.pl.");
        }

        return this with { Directory = Path.GetFullPath(Directory) };
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{0,29}$")]
    private static partial Regex NamePattern();
}
