using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Fleets;
using NixDeploy.Hosts;
using NixDeploy.Journal;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;
using NixDeploy.Testing;
using NixDeploy.Tests.Journal;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Execution;

/// <summary>A random run on simulated hosts whose process ends at a chosen event, and another process that carries it on from its log.</summary>
internal sealed class ResumedRun
{
    private readonly bool approves;
    private readonly Fleet fleet;

    /// <summary>The same number gives the same run.</summary>
    public ResumedRun(int seed)
    {
        var random = new Random(seed);
        Simulated = new SimulatedFleet(Time);
        var count = random.Next(1, 5);
        for (var i = 0; i < count; i++)
        {
            Simulated.Add($"host{i}", [.. Enumerable.Range(0, i).Where(_ => random.Next(3) == 0).Select(j => $"host{j}")]);
        }

        var settings = new FleetSettings
        {
            ParallelLimit = random.Next(1, 4),
            MaxFailures = new FailureBudget(random.Next(3), null),
            GuardTimeout = TimeSpan.FromSeconds(random.Next(2) == 0 ? 30 : 90),
            HealthWindow = TimeSpan.FromSeconds(random.Next(0, 40)),
            AutoRollback = random.Next(8) != 0,
            Canary = new CanarySettings { Bake = TimeSpan.FromSeconds(random.Next(60)), Approval = random.Next(2) == 0 ? Approval.Required : Approval.None },
        };
        var described = Simulated.ToFleet();
        fleet = described with
        {
            Settings = settings,
            Hosts = described.Hosts.ToImmutableSortedDictionary(h => h.Key, h => h.Value with
            {
                HealthChecks = [new HealthCheck.Service("main")],
                Simulation = new SimulationSettings { Copy = TimeSpan.FromSeconds(random.Next(3)), Activate = TimeSpan.FromSeconds(random.Next(10)) },
            }),
        };
        approves = random.Next(4) != 0;
        Mode = random.Next(8) switch { 0 => ActivationMode.Test, 1 => ActivationMode.Boot, 2 => ActivationMode.DryActivate, _ => ActivationMode.Switch };
        RebootPolicy? reboot = Mode is ActivationMode.Switch or ActivationMode.Boot ? random.Next(5) switch { 0 => RebootPolicy.Always, 1 or 2 => RebootPolicy.IfNeeded, _ => null } : null;
        var systems = Simulated.Systems("new");
        foreach (var (host, build) in systems.OrderBy(s => s.Key))
        {
            Simulated.Transport.Describe(build.Toplevel, Behaviour(random));
            _ = Simulated.Transport.Host(fleet.Hosts[host]);
        }

        var strategy = new IDeploymentStrategy[] { new SmartStrategy(), new ParallelStrategy(), new SequentialStrategy("rolling"), new CanaryStrategy(), new BlueGreenStrategy() }[random.Next(5)];
        var changes = fleet.Hosts.Values.Select(h => new HostChange(h, new SystemRef(Simulated[h.Name.Value].CurrentSystem, 1), systems[h.Name]));
        var input = new PlanningInput(settings, DependencyGraph.Of(fleet), [.. changes], [], ImmutableSortedDictionary<HostName, Problem>.Empty)
        {
            Mode = strategy is BlueGreenStrategy ? ActivationMode.Switch : Mode,
            Reboot = reboot,
        };
        Plan = Planner.Plan(input, strategy);
        Mode = input.Mode;
        FailsConnections(random);
    }

    public VirtualTime Time { get; } = new();

    public SimulatedFleet Simulated { get; }

    public DeploymentPlan Plan { get; }

    public ActivationMode Mode { get; }

    /// <summary>Whether connections break, so that a host may be lost.</summary>
    public bool IsFaulty { get; private set; }

    /// <summary>What was recorded.</summary>
    public ImmutableArray<RecordedEvent> Events { get; private set; } = [];

    /// <summary>Carries the run on until it ends, or until so many events are recorded.</summary>
    /// <param name="most">How many events are recorded before the process ends.</param>
    /// <param name="late">Whether it ends only when it is about to record one more, so that hosts went on meanwhile.</param>
    public RunState Carry(int most = int.MaxValue, bool late = false) => Time.Run(async () =>
    {
        var store = new MemoryStore();
        await store.AppendAsync("run", Events, CancellationToken.None);
        await using var sessions = new HostSessions(_ => Simulated.Transport, Time);
        await using var log = new RunLog(store, "run", Time, Events);
        var desk = new ApprovalDesk(Time);
        using var end = new CancellationTokenSource();
        var process = new Process(log, Events.Length, most, late, end, happened =>
        {
            if (happened is ApprovalRequested asked)
            {
                Answer(desk, asked.Stage);
            }
        });
        if (Events.IsEmpty)
        {
            await process.AppendAsync(new RunStarted("run", "test:1", "simulated", Plan));
        }

        if (log.State.Awaits is { } asked)
        {
            Answer(desk, asked.Question.Stage);
        }

        var context = SimulatedContext.Of(sessions, Simulated, log, Time) with { AwaitApproval = desk.WaitAsync };
        await using (var executor = new Executor(Plan, context, process))
        {
            try
            {
                end.Token.ThrowIfCancellationRequested();
                await executor.RunAsync(log.Recorded, end.Token);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                // The process has ended.
            }
        }

        await process.LastAsync();
        Events = [.. await store.ReadAsync("run", 0, CancellationToken.None).ToListAsync()];
        return log.State;
    });

    /// <summary>Lets time pass without a process.</summary>
    public void Wait(TimeSpan time) => Time.Run(async () =>
    {
        await Task.Delay(time, Time);
        return true;
    });

    private static SimulatedSystem Behaviour(Random random) => random.Next(10) switch
    {
        0 => new SimulatedSystem { FailToStart = ["main.service"] },
        1 => new SimulatedSystem { FailLater = ["main.service"] },
        2 => new SimulatedSystem { FailAfterBoot = ["main.service"] },
        3 => new SimulatedSystem { Kernel = "next", FailAfterBoot = random.Next(2) == 0 ? ["main.service"] : [] },
        4 => new SimulatedSystem { Kernel = "next" },
        5 => new SimulatedSystem { NeedsReboot = true },
        _ => new SimulatedSystem(),
    };

    private void FailsConnections(Random random)
    {
        HostStep[] steps = [HostStep.Prepare, HostStep.Import, HostStep.Try, HostStep.Commit, HostStep.Restore, HostStep.Inspect, HostStep.Reboot];
        if (IsFaulty = random.Next(4) == 0)
        {
            var host = Plan.Hosts[random.Next(Plan.Hosts.Length)].Host.Value;
            Simulated[host].FailAt(steps[random.Next(steps.Length)], random.Next(2) == 0 ? SimulatedFault.LoseAnswer : SimulatedFault.LoseConnection, random.Next(1, 3));
        }
    }

    private void Answer(ApprovalDesk desk, int stage) => desk.Answer(stage, new ApprovalAnswer(approves, "ann", ""));

    /// <summary>Records what a process may still record, and ends it after that.</summary>
    private sealed class Process(RunLog log, int already, int most, bool late, CancellationTokenSource end, Action<DeploymentEvent> heard) : IEventSink
    {
        private readonly Lock gate = new();
        private int count = already;
        private Task last = Task.CompletedTask;

        public Task LastAsync() => last;

        public Task AppendAsync(DeploymentEvent happened)
        {
            Task durable;
            lock (gate)
            {
                if (count >= most)
                {
                    end.Cancel();
                    return Task.FromCanceled(new CancellationToken(canceled: true));
                }

                count++;
                durable = last = log.AppendAsync(happened);
                if (count >= most && !late)
                {
                    end.Cancel();
                }
            }

            heard(happened);
            return durable;
        }
    }
}
