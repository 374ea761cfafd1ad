using System.Collections.Immutable;
using NixDeploy.Fleets;

namespace NixDeploy.Testing;

/// <summary>A fleet made in code, for tests of deployment pipelines: hosts, what they cost in time, and what goes wrong on them.</summary>
/// <example><code>
/// var fleet = new SimulatedFleet(time).Add("db").Add("web", "db");
/// fleet["web"].FailAt(HostStep.Commit, SimulatedFault.LoseAnswer);
/// </code></example>
public sealed class SimulatedFleet
{
    private ImmutableSortedDictionary<HostName, Host> hosts = ImmutableSortedDictionary<HostName, Host>.Empty;

    /// <summary>Creates a fleet without hosts.</summary>
    /// <param name="time">The clock that everything takes its time from; a virtual one makes waiting free.</param>
    /// <param name="folder">Where hosts are remembered; <see langword="null"/>: only in memory.</param>
    public SimulatedFleet(TimeProvider time, string? folder = null) => Transport = new SimulatedTransport(folder, time);

    /// <summary>The transport that reaches these hosts.</summary>
    public SimulatedTransport Transport { get; }

    /// <summary>A host of this fleet.</summary>
    /// <exception cref="KeyNotFoundException">There is no such host.</exception>
    public SimulatedHost this[string name] => Transport.Host(hosts[HostName.Parse(name)]);

    /// <summary>Adds a host that waits for others.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dependencies">The hosts that must be deployed before it.</param>
    public SimulatedFleet Add(string name, params string[] dependencies) =>
        Add(name, host => host with { Dependencies = [.. dependencies.Select(HostName.Parse)] });

    /// <summary>Adds a host that is described in full; its transport is <c>simulated</c> already.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="describe">Adds to the description: checks, dependencies, <see cref="Host.Simulation"/>.</param>
    public SimulatedFleet Add(string name, Func<Host, Host> describe)
    {
        ArgumentNullException.ThrowIfNull(describe);
        var bare = new Host(HostName.Parse(name));
        var host = describe(bare with { Target = bare.Target with { Transport = Transport.Name } });
        hosts = hosts.Add(host.Name, host);
        Transport.Host(host);
        return this;
    }

    /// <summary>The fleet as a source of fleets would give it.</summary>
    /// <param name="settings">Its settings; <see langword="null"/>: the defaults.</param>
    public Fleet ToFleet(FleetSettings? settings = null) => new("simulated fleet", settings ?? new FleetSettings(), hosts);

    /// <summary>A system for every host, one version of all of them: <c>HOST-VERSION</c>.</summary>
    /// <param name="version">Tells systems apart; the same version gives the same paths.</param>
    public ImmutableDictionary<HostName, SystemBuild> Systems(string version) =>
        hosts.Keys.ToImmutableDictionary(name => name, name => new SystemBuild(SimulatedSystem.Path($"{name}-{version}"), null));
}
