using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts;

/// <summary>Makes a transport of typed sessions out of one of shell connections, which the sessions own.</summary>
internal sealed class ShellTransport(IShellConnector connector, Func<IShellConnection, Host, IHostSession> session) : ITransport
{
    public string Name => connector.Name;

    public async Task<IHostSession> ConnectAsync(Host host, CancellationToken cancellationToken) =>
        session(await connector.ConnectAsync(host, cancellationToken), host);
}
