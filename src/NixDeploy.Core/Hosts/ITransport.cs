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

    /// <summary>Opens a connection of its own, shared with nobody, and verifies who answers.</summary>
    /// <param name="host">Whom to reach.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HostException">The host does not answer in time, is not trusted, or does not let us in.</exception>
    Task<IHostSession> ConnectAsync(Host host, CancellationToken cancellationToken);
}
