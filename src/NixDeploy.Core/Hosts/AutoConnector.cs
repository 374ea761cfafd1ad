using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Hosts;

/// <summary>The transport <c>auto</c>: <c>ssh.net</c> when there is an identity-file that it can use, else the user's own ssh.</summary>
internal sealed class AutoConnector(IShellConnector sshNet, IShellConnector openSsh) : IShellConnector
{
    public string Name => "auto";

    /// <summary>What is chosen for a host.</summary>
    /// <exception cref="HostException"><c>ND0504</c>: the identity-file that the fleet names is not there.</exception>
    public IShellConnector Choose(Host host)
    {
        var address = SshAddress.Of(host);
        IdentityFile.Require(address);
        return address.Identity is not null && IdentityFile.IsUsable(address) ? sshNet : openSsh;
    }

    public Task<IShellConnection> ConnectAsync(Host host, CancellationToken cancellationToken) =>
        Choose(host).ConnectAsync(host, cancellationToken);
}
