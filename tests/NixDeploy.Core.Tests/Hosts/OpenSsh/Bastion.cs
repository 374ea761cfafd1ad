using NixDeploy.Fleets;

namespace NixDeploy.Tests.Hosts.OpenSsh;

/// <summary>A real sshd with the default MaxStartups, and an ssh_config that has hosts named <c>behind</c> reached through it.</summary>
internal sealed class Bastion : IDisposable
{
    /// <param name="client">More of the client's settings for the bastion.</param>
    public Bastion(string client = "")
    {
        Sshd = Sshd.Start(startups: "10:30:100");
        Config = Path.Combine(Sshd.Folder, "ssh_config");
        KnownHosts = Path.Combine(Sshd.Folder, "known_bastions");
        File.Copy(Sshd.KnownHosts, KnownHosts);
        File.WriteAllText(Config,
            $"""
            Host bastion
              HostName 127.0.0.1
              Port {Sshd.Port}
              User {Environment.UserName}
              UserKnownHostsFile {KnownHosts}
              GlobalKnownHostsFile /dev/null
              {client}
              IdentityFile {Sshd.Identity}
              IdentitiesOnly yes
            Host behind
              HostName 127.0.0.1
              ProxyJump bastion

            """);
    }

    public Sshd Sshd { get; }

    public string Config { get; }

    public string KnownHosts { get; }

    public string Shown => $"127.0.0.1:{Sshd.Port}";

    /// <summary>A host of this sshd, through the bastion.</summary>
    public static Host Behind(Sshd target, Func<TargetSettings, TargetSettings>? change = null) =>
        target.Host(t => (change ?? (c => c))(t with { Host = "behind" }));

    public void Dispose() => Sshd.Dispose();
}
