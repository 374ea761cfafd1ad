using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts;

/// <summary>Makes a transport of typed sessions out of one of shell connections, which the sessions own.</summary>
internal sealed class ShellTransport(IShellConnector connector, Func<IShellConnection, Host, IHostSession> session) : ITransport
{
    public string Name => connector.Name;

    /// <summary>The addresses that a connection is made to on the way, the host's own last; empty when there is none to make.</summary>
    public Task<ImmutableArray<string>> RouteAsync(Host host, CancellationToken cancellationToken) => connector.RouteAsync(host, cancellationToken);

    public async Task<IHostSession> ConnectAsync(Host host, CancellationToken cancellationToken) =>
        session(await connector.ConnectAsync(host, cancellationToken), host);
}
