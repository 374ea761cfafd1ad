using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts.Ssh;

namespace NixDeploy.Hosts.OpenSsh;

/// <summary>The transport <c>openssh</c>: the user's own ssh, with its ssh_config, agent, jump hosts and hardware keys.</summary>
/// <remarks>Each connection is a master of its own, so a fresh connection proves that the host lets one in right now.</remarks>
/// <param name="time">The clock.</param>
/// <param name="config">The ssh_config that is read instead of the user's and the system's; <see langword="null"/>: those.</param>
internal sealed class OpenSshConnector(TimeProvider time, string? config = null) : IShellConnector
{
    /// <summary>ssh's messages in the language that we read.</summary>
    public static readonly ImmutableDictionary<string, string?> Environment = ImmutableDictionary<string, string?>.Empty.Add("LC_ALL", "C");

    /// <inheritdoc/>
    public string Name => "openssh";

    /// <inheritdoc/>
    public async Task<IShellConnection> ConnectAsync(Host host, CancellationToken cancellationToken)
    {
        var address = SshAddress.Of(host);
        IdentityFile.Require(address);
        await ConnectSlots.WaitAsync(cancellationToken);
        try
        {
            return new OpenSshConnection(host, await OpenSshMaster.ConnectAsync(address, config, time, cancellationToken), time);
        }
        finally
        {
            ConnectSlots.Release();
        }
    }
}
