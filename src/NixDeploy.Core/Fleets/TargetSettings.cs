using System.Collections.Immutable;
using NixDeploy.Fleets.Description;

namespace NixDeploy.Fleets;

/// <summary>How a host is reached (<c>target</c>).</summary>
public sealed record TargetSettings
{
    /// <summary>The address or DNS name (<c>host</c>); <see langword="null"/>: the host's name in the fleet.</summary>
    public string? Host { get => Values.Get(Settings.TargetHost); init => Values = Values.With(Settings.TargetHost, value); }

    /// <summary>The SSH port (<c>port</c>), 1 to 65535; <see langword="null"/> is 22, or what ssh_config says under openssh.</summary>
    public int? Port { get => Values.Given(Settings.TargetPort); init => Values = Values.With(Settings.TargetPort, value); }

    /// <summary>The account (<c>user</c>); <see langword="null"/> is what ssh_config says under openssh, else root.</summary>
    public string? User { get => Values.Get(Settings.TargetUser); init => Values = Values.With(Settings.TargetUser, value); }

    /// <summary>The private key's file (<c>identity-file</c>); <c>~/</c> is the controller's home.</summary>
    public string? IdentityFile { get => Values.Get(Settings.TargetIdentityFile); init => Values = Values.With(Settings.TargetIdentityFile, value); }

    /// <summary>The known_hosts file (<c>known-hosts</c>); <see langword="null"/>: the user's and the system's own.</summary>
    public string? KnownHosts { get => Values.Get(Settings.TargetKnownHosts); init => Values = Values.With(Settings.TargetKnownHosts, value); }

    /// <summary>A pinned host key, <c>TYPE BASE64</c> (<c>host-key</c>); then no known_hosts file is read.</summary>
    public string? HostKey { get => Values.Get(Settings.TargetHostKey); init => Values = Values.With(Settings.TargetHostKey, value); }

    /// <summary>Whether a host that is in no known_hosts file is trusted at first sight and added to it (<c>accept-new</c>).</summary>
    public bool AcceptNew { get => Values.Get(Settings.TargetAcceptNew); init => Values = Values.With(Settings.TargetAcceptNew, value); }

    /// <summary>A transport's name (<c>transport</c>): auto, ssh.net, openssh, local or a registered one.</summary>
    public string Transport { get => Values.Get(Settings.TargetTransport); init => Values = Values.With(Settings.TargetTransport, value); }

    /// <summary>Whether the host is simulated.</summary>
    public bool IsSimulated => Transport == "simulated";

    /// <summary>What makes the account root (<c>elevation</c>), such as <c>["sudo", "-n"]</c>; empty for root itself.</summary>
    public ImmutableArray<string> Elevation { get => Values.Get(Settings.TargetElevation); init => Values = Values.With(Settings.TargetElevation, value.OrEmpty()); }

    /// <summary>Within which time a connection must be established (<c>connect-timeout</c>). Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get => Values.Get(Settings.TargetConnectTimeout); init => Values = Values.With(Settings.TargetConnectTimeout, value); }

    /// <summary>The profile that is deployed to (<c>profile</c>).</summary>
    public string Profile { get => Values.Get(Settings.TargetProfile); init => Values = Values.With(Settings.TargetProfile, value); }

    /// <summary>What is given and differs from its default: saying the default is the same as saying nothing.</summary>
    internal SettingValues Values { get; init => field = value.WithoutDefaults(); } = SettingValues.Empty;
}
