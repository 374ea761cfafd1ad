using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts;

/// <summary>Makes a transport of typed sessions out of one of shell connections.</summary>
/// <param name="connector">Opens the connections.</param>
/// <param name="session">Makes a session that owns its connection.</param>
internal sealed class ShellTransport(IShellConnector connector, Func<IShellConnection, Host, IHostSession> session) : ITransport
{
    public string Name => connector.Name;

    public async Task<IHostSession> ConnectAsync(Host host, CancellationToken cancellationToken) =>
        session(await connector.ConnectAsync(host, cancellationToken), host);
}
