using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts.Local;

/// <summary>The transport <c>local</c>: the host is this machine.</summary>
internal sealed class LocalConnector(TimeProvider time) : IShellConnector
{
    public string Name => "local";

    public Task<ImmutableArray<string>> RouteAsync(Host host, CancellationToken cancellationToken) => Task.FromResult<ImmutableArray<string>>([]);

    public Task<IShellConnection> ConnectAsync(Host host, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IShellConnection>(new LocalConnection(host, time));
    }
}
