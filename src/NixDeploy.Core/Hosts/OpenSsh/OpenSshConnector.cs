using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Hosts.OpenSsh;

/// <summary>The transport <c>openssh</c>: the user's own ssh, with its ssh_config, agent, jump hosts and hardware keys.</summary>
/// <remarks>Each connection is a master of its own, so a fresh connection proves that the host lets one in right now.</remarks>
internal sealed class OpenSshConnector(SshConfigs configs, TimeProvider time) : IShellConnector
{
    /// <summary>ssh's messages in the language that we read; and a bastion's ssh, which knows nothing of BatchMode, asks nobody.</summary>
    public static readonly ImmutableDictionary<string, string?> Environment = ImmutableDictionary<string, string?>.Empty
        .Add("LC_ALL", "C").Add("SSH_ASKPASS", "false").Add("SSH_ASKPASS_REQUIRE", "force");

    public string Name => "openssh";

    public Task<ImmutableArray<string>> RouteAsync(Host host, CancellationToken cancellationToken) => configs.RouteAsync(SshAddress.Of(host), cancellationToken);

    public async Task<IShellConnection> ConnectAsync(Host host, CancellationToken cancellationToken)
    {
        var address = SshAddress.Of(host);
        IdentityFile.Require(address);
        var config = await configs.ReadAsync(address, cancellationToken);
        var login = address with { User = address.User ?? config?.User ?? SshAddress.DefaultUser };
        try
        {
            return new OpenSshConnection(host, await OpenSshMaster.ConnectAsync(login, configs.File, config, time, cancellationToken), time);
        }
        catch
        {
            configs.Forget(address);
            throw;
        }
    }
}
