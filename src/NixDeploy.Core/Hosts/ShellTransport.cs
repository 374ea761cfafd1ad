using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts;

/// <summary>Makes a transport of typed sessions out of one of shell connections.</summary>
/// <param name="connector">Opens the connections.</param>
/// <param name="session">Makes a session that owns its connection.</param>
internal sealed class ShellTransport(IShellConnector connector, Func<IShellConnection, Host, IHostSession> session) : ITransport
{
    /// <inheritdoc/>
    public string Name => connector.Name;

    /// <summary>The addresses that a connection is made to on the way, the host's own last; empty when there is none to make.</summary>
    public Task<ImmutableArray<string>> RouteAsync(Host host, CancellationToken cancellationToken) => connector.RouteAsync(host, cancellationToken);

    /// <inheritdoc/>
    public async Task<IHostSession> ConnectAsync(Host host, CancellationToken cancellationToken) =>
        session(await connector.ConnectAsync(host, cancellationToken), host);
}
