using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts.Local;

/// <summary>The transport <c>local</c>: the host is this machine.</summary>
internal sealed class LocalConnector(TimeProvider time) : IShellConnector
{
    /// <inheritdoc/>
    public string Name => "local";

    /// <inheritdoc/>
    public Task<ImmutableArray<string>> RouteAsync(Host host, CancellationToken cancellationToken) => Task.FromResult<ImmutableArray<string>>([]);

    /// <inheritdoc/>
    public Task<IShellConnection> ConnectAsync(Host host, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IShellConnection>(new LocalConnection(host, time));
    }
}
