using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.OpenSsh;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Hosts;

/// <summary>
/// The transport <c>auto</c>: <c>ssh.net</c> when there is an identity-file that it can use and ssh_config leads nowhere else, else the user's own ssh.
/// </summary>
internal sealed class AutoConnector(IShellConnector sshNet, IShellConnector openSsh, SshConfigs configs) : IShellConnector
{
    public string Name => "auto";

    /// <summary>What is chosen for a host.</summary>
    /// <exception cref="HostException"><c>ND0504</c>: the identity-file that the fleet names is not there.</exception>
    public async Task<IShellConnector> ChooseAsync(Host host, CancellationToken cancellationToken)
    {
        var address = SshAddress.Of(host);
        IdentityFile.Require(address);
        if (address.Identity is null || !IdentityFile.IsUsable(address))
        {
            return openSsh;
        }

        var config = await configs.ReadAsync(address, cancellationToken).ConfigureAwait(false);
        return config?.Changes(address) == true ? openSsh : sshNet;
    }

    public async Task<ImmutableArray<string>> RouteAsync(Host host, CancellationToken cancellationToken) =>
        await (await ChooseAsync(host, cancellationToken).ConfigureAwait(false)).RouteAsync(host, cancellationToken).ConfigureAwait(false);

    public async Task<IShellConnection> ConnectAsync(Host host, CancellationToken cancellationToken) =>
        await (await ChooseAsync(host, cancellationToken).ConfigureAwait(false)).ConnectAsync(host, cancellationToken).ConfigureAwait(false);
}
