using System.Collections.Immutable;

namespace NixDeploy.Fleets;

/// <summary>How a host is reached (<c>target</c>).</summary>
public sealed record TargetSettings
{
    /// <summary>The address or DNS name (<c>host</c>); <see langword="null"/> takes the host's name in the fleet.</summary>
    public string? Host { get; init; }

    /// <summary>The SSH port (<c>port</c>), 1 to 65535; <see langword="null"/> is 22, or what ssh_config says under openssh.</summary>
    public int? Port { get; init; }

    /// <summary>The account (<c>user</c>); <see langword="null"/> is root, or what ssh_config says under openssh.</summary>
    public string? User { get; init; }

    /// <summary>The private key's file (<c>identity-file</c>); <c>~/</c> is the controller's home.</summary>
    public string? IdentityFile { get; init; }

    /// <summary>The known_hosts file (<c>known-hosts</c>); <see langword="null"/> takes the user's and the system's own.</summary>
    public string? KnownHosts { get; init; }

    /// <summary>A pinned host key, <c>TYPE BASE64</c> (<c>host-key</c>); then no known_hosts file is read.</summary>
    public string? HostKey { get; init; }

    /// <summary>Whether a host that is in no known_hosts file is trusted at first sight and written down (<c>accept-new</c>).</summary>
    public bool AcceptNew { get; init; }

    /// <summary>A transport's name (<c>transport</c>): auto, ssh.net, openssh, local or a registered one.</summary>
    public string Transport { get; init; } = "auto";

    /// <summary>Whether the host is simulated.</summary>
    public bool IsSimulated => Transport == "simulated";

    /// <summary>What makes the account root (<c>elevation</c>), such as <c>["sudo", "-n"]</c>; empty for root itself.</summary>
    public ImmutableArray<string> Elevation { get; init; } = [];

    /// <summary>How long a connection may take to stand (<c>connect-timeout</c>). Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The profile that is deployed to (<c>profile</c>).</summary>
    public string Profile { get; init; } = "/nix/var/nix/profiles/system";
}
