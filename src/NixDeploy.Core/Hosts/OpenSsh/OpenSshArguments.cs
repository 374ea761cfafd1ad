using System.Collections.Immutable;
using System.Globalization;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Hosts.OpenSsh;

/// <summary>The command lines of the user's own ssh.</summary>
internal static class OpenSshArguments
{
    private const string PinnedName = "nixdeploy-pinned";

    // Runs beside the master on this machine: tells us that the connection stands, and ends the master when our end of the pipe closes,
    // which it also does when we are killed.
    private const string Companion =
        """exec 3<&0; { read -r _ <&3; ssh -F /dev/null -S "$1/c" -O exit x; rm -rf "$1"; } >/dev/null 2>&1 & echo ready""";

    /// <summary>The connection itself: a master of its own that runs nothing on the host.</summary>
    public static ImmutableArray<string> Master(SshAddress address, string? config, string folder)
    {
        var target = address.Target;
        var seconds = Math.Max(1, (int)Math.Ceiling(target.ConnectTimeout.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var companion = $"exec sh -c {ShellQuoter.Quote(Companion)} sh {ShellQuoter.Quote(folder)}";
        return
        [
            "ssh", .. Configuration(config), "-N", "-T", "-a", "-x",
            .. Option("ControlMaster", "yes"),
            .. Option("ControlPath", Value($"{folder}/c")),
            .. Option("ControlPersist", "no"),
            .. Option("BatchMode", "yes"),
            .. Option("ConnectTimeout", seconds),
            .. Option("ServerAliveInterval", "15"),
            .. Option("ServerAliveCountMax", "8"),
            .. Option("ClearAllForwardings", "yes"),
            .. Option("RemoteCommand", "none"),
            .. Option("UpdateHostKeys", "no"),
            .. Option("PermitLocalCommand", "yes"),
            .. Option("LocalCommand", companion.Replace("%", "%%", StringComparison.Ordinal)),
            "-v", // the only level that tells the fingerprint of a key that is not trusted; ssh hands it on to a bastion's ssh, unlike LogLevel
            .. Trust(address, folder),
            .. address.Identity is { } identity ? [.. Option("IdentityFile", Value(identity)), .. Option("IdentitiesOnly", "yes")] : ImmutableArray<string>.Empty,
            .. Login(address.Port, address.User),
            "--", address.Address,
        ];
    }

    /// <summary>Prints what ssh makes of a destination, and connects to nothing.</summary>
    public static ImmutableArray<string> Resolve(string config, string host, int? port, string? user) =>
        ["ssh", "-F", config, "-G", .. Login(port, user), "--", host];

    /// <summary>A command line over the master.</summary>
    public static ImmutableArray<string> Command(string folder, string commandLine) =>
        [.. Multiplexed(folder), "-T", .. Option("LogLevel", "ERROR"), "--", "x", commandLine];

    /// <summary>Standard input and output as a TCP connection from the host's point of view.</summary>
    public static ImmutableArray<string> Forward(string folder, string host, int port) =>
        [.. Multiplexed(folder), .. Option("LogLevel", "DEBUG1"), "-W", $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port.ToString(CultureInfo.InvariantCulture)}", "--", "x"];

    /// <summary>Whether the master still stands.</summary>
    public static ImmutableArray<string> Check(string folder) => [.. Multiplexed(folder), "-O", "check", "--", "x"];

    // Without a master ssh would quietly open a connection of its own; it has no way to, and reads no configuration that could give it one.
    private static ImmutableArray<string> Multiplexed(string folder) =>
        ["ssh", "-F", "/dev/null", .. Option("ControlMaster", "no"), .. Option("ControlPath", Value($"{folder}/c")), .. Option("ProxyCommand", "false"), .. Option("BatchMode", "yes")];

    private static ImmutableArray<string> Trust(SshAddress address, string folder)
    {
        if (address.Pinned is { } pinned)
        {
            var file = Path.Combine(folder, "known_hosts");
            File.WriteAllText(file, $"{PinnedName} {pinned.ToLine()}\n");
            return [.. Option("HostKeyAlias", PinnedName), .. KnownHostsOnlyIn(file), .. Option("StrictHostKeyChecking", "yes")];
        }

        return
        [
            .. address.Target.KnownHosts is null ? [] : KnownHostsOnlyIn(address.KnownHostsFiles[0]),
            .. Option("StrictHostKeyChecking", address.Target.AcceptNew ? "accept-new" : "yes"),
        ];
    }

    private static ImmutableArray<string> KnownHostsOnlyIn(string file) =>
        [.. Option("UserKnownHostsFile", Value(file)), .. Option("GlobalKnownHostsFile", "/dev/null")];

    private static ImmutableArray<string> Login(int? port, string? user) =>
    [
        .. port is { } number ? ["-p", number.ToString(CultureInfo.InvariantCulture)] : ImmutableArray<string>.Empty,
        .. user is not null ? ["-l", user] : ImmutableArray<string>.Empty,
    ];

    private static ImmutableArray<string> Configuration(string? file) => file is null ? [] : ["-F", file];

    private static ImmutableArray<string> Option(string name, string value) => ["-o", $"{name}={value}"];

    // ssh splits values at spaces and expands % in them.
    private static string Value(string path) =>
        "\"" + path.Replace("%", "%%", StringComparison.Ordinal).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
