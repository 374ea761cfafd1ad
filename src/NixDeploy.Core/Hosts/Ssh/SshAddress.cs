using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.Hosts.Shell;

namespace NixDeploy.Hosts.Ssh;

/// <summary>A host's target, checked: nothing in it can be taken for an option or a piece of shell.</summary>
/// <param name="Host">The host's name in the fleet.</param>
/// <param name="Address">The address or DNS name.</param>
/// <param name="Port">The port, when the fleet names one.</param>
/// <param name="User">The account, when the fleet names one.</param>
/// <param name="Target">The rest of it.</param>
internal sealed record SshAddress(HostName Host, string Address, int? Port, string? User, TargetSettings Target)
{
    /// <summary>The account where neither the fleet nor ssh_config names one.</summary>
    public const string DefaultUser = "root";

    /// <summary>The port where neither the fleet nor ssh_config names one.</summary>
    public const int DefaultPort = 22;

    /// <summary>The address that a connection is made to, where nothing leads elsewhere.</summary>
    public string Route => RouteOf(Address, Port ?? DefaultPort);

    /// <summary>The address for people.</summary>
    public string Shown => Port is { } port ? Address.Contains(':', StringComparison.Ordinal) ? $"[{Address}]:{port}" : $"{Address}:{port}" : Address;

    /// <summary>The account at the address, for people.</summary>
    public string Login => User is null ? Shown : $"{User}@{Shown}";

    /// <summary>The identity file with <c>~/</c> expanded, or <see langword="null"/>.</summary>
    public string? Identity => Target.IdentityFile is { } path ? Expand(path) : null;

    /// <summary>The pinned key, or <see langword="null"/>.</summary>
    public HostKey? Pinned { get; private init; }

    /// <summary>The known_hosts files to read, the one to append to first.</summary>
    public ImmutableArray<string> KnownHostsFiles => Target.KnownHosts is { } path
        ? [Expand(path)]
        : [Expand("~/.ssh/known_hosts"), Expand("~/.ssh/known_hosts2"), "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];

    /// <summary>An address and a port as one text.</summary>
    public static string RouteOf(string address, int port) =>
        FormattableString.Invariant($"{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{port}").ToLowerInvariant();

    /// <summary>Checks a host's target.</summary>
    /// <exception cref="HostException"><c>ND0502</c>: a value cannot be used.</exception>
    public static SshAddress Of(Host host)
    {
        var target = host.Target;
        var address = target.Host ?? host.Name.Value;
        Check(host.Name, "host", address, address.Length is > 0 and <= 255 && address.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '%'),
            "an address has letters, digits and . - _ : % only");
        Check(host.Name, "user", target.User, target.User is not { } user || (user.Length > 0 && !user.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || "'\"`;&<>|(){}$\\".Contains(c, StringComparison.Ordinal))),
            "a user name has no spaces, quotes or characters that mean something to a shell");
        Check(host.Name, "port", FormattableString.Invariant($"{target.Port}"), target.Port is null or (>= 1 and <= 65535), "a port is 1 to 65535");
        CheckPath(host.Name, "identity-file", target.IdentityFile);
        CheckPath(host.Name, "known-hosts", target.KnownHosts);
        var pinned = target.HostKey is { } text ? HostKey.Parse(text) : null;
        Check(host.Name, "host-key", target.HostKey, target.HostKey is null || pinned is not null, "a host key is written TYPE BASE64, as in the .pub file on the host");
        return new SshAddress(host.Name, address, target.Port, target.User, target) { Pinned = pinned };
    }

    /// <summary>The path with <c>~/</c> as the home of who runs this.</summary>
    public static string Expand(string path) => Path.GetFullPath(
        path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
            ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
            : path);

    private static void CheckPath(HostName host, string key, string? path) =>
        Check(host, key, path, path is not { } text || (text.Length > 0 && !text.Any(char.IsControl)), "a path is not empty and has no control characters");

    private static void Check(HostName host, string key, string? value, bool good, string rule)
    {
        if (value is ['-', ..])
        {
            throw TransportErrors.BadTarget(host, key, value, "it begins with '-', so a program would take it for an option");
        }

        if (!good)
        {
            throw TransportErrors.BadTarget(host, key, value, rule);
        }
    }
}
