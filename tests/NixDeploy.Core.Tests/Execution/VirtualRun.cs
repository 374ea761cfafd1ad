using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Testing;
using NixDeploy.Tests.Journal;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Execution;

/// <summary>A whole run on simulated hosts in virtual time.</summary>
internal sealed class VirtualRun
{
    private readonly IDeploymentStrategy strategy;

    /// <summary>Hosts that are all to get a new system.</summary>
    public VirtualRun(IDeploymentStrategy strategy, params (string Host, string[] After)[] hosts)
    {
        this.strategy = strategy;
        Fleet = new SimulatedFleet(Time);
        foreach (var (host, after) in hosts)
        {
            Fleet.Add(host, after);
        }
    }

    public VirtualTime Time { get; } = new();

    public SimulatedFleet Fleet { get; }

    /// <summary>What the fleet says.</summary>
    public FleetSettings Settings { get; init; } = new();

    /// <summary>What every host's description gets beside.</summary>
    public Func<Host, Host> Each { get; init; } = h => h;

    /// <summary>What tests each host's system.</summary>
    public Func<string, TestBuild?> Test { get; init; } = _ => null;

    /// <summary>What is wished besides, or was found.</summary>
    public Func<PlanningInput, PlanningInput> Asked { get; init; } = input => input;

    /// <summary>Whoever answers questions: is told each event and the desk.</summary>
    public Action<DeploymentEvent, ApprovalDesk> Person { get; init; } = (_, _) => { };

    /// <summary>The events, in order.</summary>
    public List<RecordedEvent> Events { get; } = [];

    /// <summary>The names of hosts in the order in which something happened to them.</summary>
    public IEnumerable<string> Order<T>()
        where T : HostEvent => Events.Select(e => e.Event).OfType<T>().Select(e => e.Host.Value);

    /// <summary>When something happened first, from the run's beginning.</summary>
    public TimeSpan At<T>()
        where T : DeploymentEvent => Events.First(e => e.Event is T).At - Events[0].At;

    public RunState Play()
    {
        var described = Fleet.ToFleet();
        var fleet = described with { Settings = Settings, Hosts = described.Hosts.ToImmutableSortedDictionary(h => h.Key, h => new DeploymentRequest().Over(Each(h.Value), Settings)) };
        var systems = Fleet.Systems("new");
        var changes = fleet.Hosts.Values.Select(h => new HostChange(h, new SystemRef(Fleet[h.Name.Value].CurrentSystem, Fleet[h.Name.Value].Generation), systems[h.Name] with { Test = Test(h.Name.Value) }) { Unreachable = h.Unreachable ?? Settings.Unreachable });
        var plan = Planner.Plan(Asked(new PlanningInput(Settings, DependencyGraph.Of(fleet), [.. changes], [], ImmutableSortedDictionary<HostName, Problem>.Empty)), strategy);
        var store = new MemoryStore();
        var state = PlanExecution.Run(plan, Fleet, store, Time, Person);
        Events.AddRange(store.Of("run"));
        return state;
    }
}
