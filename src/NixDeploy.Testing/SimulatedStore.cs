using System.Collections.Immutable;
using System.Text;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Testing;

/// <summary>The store from which simulated hosts get their systems: a build is a wait, a closure is what was described, an export is its paths.</summary>
/// <remarks>How long a build takes and whether it fails is known of hosts that were connected to or registered before.</remarks>
public sealed class SimulatedStore : ILocalStore
{
    private readonly SimulatedTransport fleet;

    internal SimulatedStore(SimulatedTransport fleet) => this.fleet = fleet;

    /// <inheritdoc/>
    public Task RealiseAsync(
        ImmutableDictionary<HostName, SystemBuild> systems, string? rootsFolder, Action<BuildResult> built, Action<HostName?, string> log, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(systems);
        ArgumentNullException.ThrowIfNull(built);
        ArgumentNullException.ThrowIfNull(log);
        return Task.WhenAll(systems.OrderBy(s => s.Key).Select(s => BuildAsync(s.Key, s.Value.Toplevel, built, log, cancellationToken)));
    }

    /// <inheritdoc/>
    public Task<ImmutableDictionary<HostName, Problem>> DryRealiseAsync(ImmutableDictionary<HostName, SystemBuild> systems, CancellationToken cancellationToken) =>
        Task.FromResult(ImmutableDictionary<HostName, Problem>.Empty);

    /// <inheritdoc/>
    public Task<ImmutableArray<StorePath>> ClosureAsync(StorePath system, CancellationToken cancellationToken) =>
        Task.FromResult<ImmutableArray<StorePath>>([.. fleet.ContentsOf(system).Closure.Keys.Where(p => p != system), system]);

    /// <inheritdoc/>
    public Task<SystemContents?> ContentsAsync(StorePath system, CancellationToken cancellationToken) =>
        Task.FromResult<SystemContents?>(fleet.ContentsOf(system));

    /// <inheritdoc/>
    public async Task ExportAsync(ImmutableArray<StorePath> paths, Stream destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        await destination.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(paths.Select(p => p.Value + "\n"))), cancellationToken);
    }

    private async Task BuildAsync(HostName host, StorePath system, Action<BuildResult> built, Action<HostName?, string> log, CancellationToken cancellationToken)
    {
        var simulation = fleet.Find(host)?.Description.Simulation;
        fleet.Builds.Enter();
        try
        {
            log(host, $"building {system.Name}");
            await fleet.PassAsync(simulation?.Build ?? TimeSpan.Zero, cancellationToken);
        }
        finally
        {
            fleet.Builds.Leave();
        }

        built(new BuildResult(host, simulation?.Fail == SimulatedFailure.Build || fleet.SystemOf(system).FailsToBuild
            ? new Problem("ND0590", $"{host}: {system.Name} does not build: the fleet says that this simulated build fails; last line of its log: 'error: simulated build failure'.")
            : null));
    }
}
