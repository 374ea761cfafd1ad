using System.Collections.Concurrent;
using System.Collections.Immutable;
using NixDeploy.Changes;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;

namespace NixDeploy.Testing;

/// <summary>The transport <c>simulated</c>: hosts that live in this process and keep to the host protocol.</summary>
/// <remarks>
/// A host begins with what its <see cref="Host.Simulation"/> says; one without settings runs an earlier system whose path is made from the
/// host's name, at generation 1, and nothing takes time. After that it is what was deployed to it.
/// </remarks>
public sealed class SimulatedTransport : ITransport
{
    private readonly ConcurrentDictionary<HostName, SimulatedHost> hosts = new();
    private readonly ConcurrentDictionary<StorePath, SimulatedSystem> systems = new();
    private readonly ConcurrentQueue<SimulatedStep> steps = new();

    /// <summary>Creates the transport and its hosts' world.</summary>
    /// <param name="folder">Where hosts are remembered across runs, in <c>simulated-hosts/NAME.json</c>; <see langword="null"/>: only in memory.</param>
    /// <param name="time">The clock that everything takes its time from.</param>
    public SimulatedTransport(string? folder, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Time = time;
        Folder = folder is null ? null : new StateFolder(folder);
        Store = new SimulatedStore(this);
    }

    /// <inheritdoc/>
    public string Name => "simulated";

    /// <inheritdoc/>
    public ILocalStore Store { get; }

    /// <summary>Every step that any host was asked for, in order.</summary>
    public ImmutableArray<SimulatedStep> Steps => [.. steps];

    /// <summary>How many connections are open, and were at most.</summary>
    public Gauge Connections { get; } = new();

    /// <summary>How many activations controllers wait for, and did at most.</summary>
    public Gauge Activations { get; } = new();

    /// <summary>How many builds are going on, and were at most.</summary>
    public Gauge Builds { get; } = new();

    internal TimeProvider Time { get; }

    internal StateFolder? Folder { get; }

    /// <summary>The simulated host of this description; made when there is none yet.</summary>
    public SimulatedHost Host(Host description)
    {
        ArgumentNullException.ThrowIfNull(description);
        var host = hosts.GetOrAdd(description.Name, _ => new SimulatedHost(this, description));
        host.Description = description;
        return host;
    }

    /// <summary>Says what a system consists of and how it behaves when it is activated, on any host.</summary>
    public void Describe(StorePath path, SimulatedSystem system)
    {
        ArgumentNullException.ThrowIfNull(path);
        systems[path] = system;
    }

    /// <inheritdoc/>
    public async Task<IHostSession> ConnectAsync(Host host, CancellationToken cancellationToken)
    {
        var simulated = Host(host);
        var session = new SimulatedSession(this, simulated);
        await session.OpenAsync(cancellationToken);
        return session;
    }

    internal SimulatedHost? Find(HostName name) => hosts.GetValueOrDefault(name);

    internal SimulatedSystem SystemOf(StorePath path) => systems.GetValueOrDefault(path) ?? Healthy;

    internal SystemContents ContentsOf(StorePath path) => SystemOf(path).ContentsOf(path);

    internal void Note(HostName host, HostStep step) => steps.Enqueue(new SimulatedStep(Time.GetUtcNow(), host, step));

    /// <summary>Lets time pass; costs nothing when there is none to pass. A delay counts whole milliseconds only, so a part of one is waited for as one.</summary>
    internal Task PassAsync(TimeSpan time, CancellationToken cancellationToken) =>
        time > TimeSpan.Zero ? Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds)), Time, cancellationToken)
        : cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken)
        : Task.CompletedTask;

    private static SimulatedSystem Healthy { get; } = new();
}
