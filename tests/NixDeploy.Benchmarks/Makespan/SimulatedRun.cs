using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;
using NixDeploy.Scheduling;
using NixDeploy.Testing;
using NixDeploy.Tests.Execution;
using NixDeploy.Topology;

namespace NixDeploy.Benchmarks.Makespan;

/// <summary>A whole run on simulated hosts in virtual time: the real planner, executor and log; only activations take time, as long as planning thought.</summary>
internal sealed class SimulatedRun
{
    private readonly VirtualTime time = new();
    private readonly SimulatedFleet simulated;
    private readonly Fleet fleet;

    public SimulatedRun(RandomShape shape)
    {
        simulated = new SimulatedFleet(time);
        for (var i = 0; i < shape.Durations.Length; i++)
        {
            var number = i;
            simulated.Add(Name(i), host => host with
            {
                Dependencies = [.. shape.Dependencies[number].Select(d => HostName.Parse(Name(d)))],
                Simulation = new SimulationSettings { Activate = shape.Durations[number] },
            });
        }

        fleet = simulated.ToFleet(new FleetSettings { ParallelLimit = shape.Limit });
        var plan = Planner.Plan(Input(shape), new SmartStrategy());
        Plan = plan with { Estimate = PlanSimulation.Of(plan) };
    }

    /// <summary>What is run.</summary>
    public DeploymentPlan Plan { get; }

    /// <summary>How many events the run had; of hosts, and a few of its own.</summary>
    public long Events { get; private set; }

    /// <summary>How many were activated at once at most.</summary>
    public int MostAtOnce => simulated.Transport.Activations.Max;

    /// <summary>Runs the plan to its end.</summary>
    /// <returns>Where the run stands then.</returns>
    public RunState Play()
    {
        var store = new ForgetfulStore();
        var state = PlanExecution.Run(Plan, simulated, store, time);
        Events = store.Events;
        return state;
    }

    private static string Name(int number) => $"host{number:D5}";

    private PlanningInput Input(RandomShape shape)
    {
        var systems = simulated.Systems("new");
        var changes = fleet.Hosts.Values.Select(h => new HostChange(h, new SystemRef(simulated[h.Name.Value].CurrentSystem, 1), systems[h.Name]));
        var steps = new StepDurations { Copy = TimeSpan.Zero, Verify = TimeSpan.Zero, Commit = TimeSpan.Zero };
        var history = shape.Durations.Index().ToImmutableDictionary(
            d => HostName.Parse(Name(d.Index)), d => new HostHistory(steps with { Activate = d.Item }, LastFailed: false));
        return new PlanningInput(fleet.Settings, DependencyGraph.Of(fleet), [.. changes], [], ImmutableSortedDictionary<HostName, Problem>.Empty)
        {
            History = new DurationHistory(history),
        };
    }
}
