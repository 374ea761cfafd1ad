using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Hosts;

/// <summary>A way to reach hosts, selected by name in a host's <c>target.transport</c>.</summary>
/// <remarks>Implementations are safe for concurrent use and pass the contract suite of the tests.</remarks>
public interface ITransport
{
    /// <summary>The name that fleets use.</summary>
    string Name { get; }

    /// <summary>Where closures for these hosts are built and read; <see langword="null"/> takes the controller's own Nix store.</summary>
    ILocalStore? Store => null;

    /// <summary>Opens a connection that is not shared, and verifies the host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="cancellationToken">Cancels the attempt; no connection stays open.</param>
    /// <exception cref="HostException">The host does not answer in time, is not trusted, or refuses the login.</exception>
    Task<IHostSession> ConnectAsync(Host host, CancellationToken cancellationToken);
}
