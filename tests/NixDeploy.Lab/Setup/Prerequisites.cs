namespace NixDeploy.Labs.Setup;

/// <summary>What the lab needs of the machine: Linux, root, Debian or Ubuntu, and a few packages, which it installs.</summary>
internal static class Prerequisites
{
    // A program that shows that it is there, and the package that brings it.
    private static readonly (string Program, string Package)[] Needed =
    [
        ("mmdebstrap", "mmdebstrap"),
        ("systemd-nspawn", "systemd-container"),
        ("nix-store", "nix-bin"),
        ("ip", "iproute2"),
        ("ssh-keygen", "openssh-client"),
        ("mkfs.ext4", "e2fsprogs"),
        ("mount", "mount"),
        ("nsenter", "util-linux"),
    ];

    private const string DebianKeys = "/usr/share/keyrings/debian-archive-keyring.gpg";

    /// <returns>Why the lab can never run here, in one sentence, or null.</returns>
    public static string? WhyNot()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "The lab runs on Linux only: its hosts are containers.";
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return $"The lab needs root, because it makes containers and networks, and this is the user {Environment.UserName}.";
        }

        var system = OsRelease();
        var family = $"{system.GetValueOrDefault("ID")} {system.GetValueOrDefault("ID_LIKE")}".Split(' ');
        return family.Contains("debian") || family.Contains("ubuntu")
            ? null
            : $"The lab runs on Debian or Ubuntu, and this is {system.GetValueOrDefault("PRETTY_NAME", "something else")}.";
    }

    public static async Task EnsureAsync(Action<string> log, CancellationToken ct)
    {
        if (WhyNot() is { } reason)
        {
            throw new LabUnavailableException(reason);
        }

        (string, string)[] keys = File.Exists(DebianKeys) ? [] : [(DebianKeys, "debian-archive-keyring")];
        await Packages.EnsureAsync("The lab", [.. Needed, .. keys], log, ct);
    }

    private static Dictionary<string, string> OsRelease() =>
        !File.Exists("/etc/os-release")
            ? []
            : File.ReadLines("/etc/os-release")
                .Select(line => line.Split('=', 2))
                .Where(pair => pair.Length == 2)
                .ToDictionary(pair => pair[0], pair => pair[1].Trim('"'));
}
