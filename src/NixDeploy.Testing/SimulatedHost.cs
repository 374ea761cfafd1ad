using System.Collections.Immutable;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;

namespace NixDeploy.Testing;

/// <summary>A host that exists only here, and answers as a real one would.</summary>
/// <remarks>Safe for concurrent use. Time passes for it by the transport's <see cref="TimeProvider"/>, without timers or threads of its own.</remarks>
public sealed class SimulatedHost
{
    private readonly Lock gate = new();
    private readonly SimulatedTransport fleet;
    private readonly Dictionary<HostStep, int> asked = [];
    private readonly List<(HostStep Step, SimulatedFault Fault, int From, int Until)> faults = [];
    private HostMemory? remembered;

    internal SimulatedHost(SimulatedTransport fleet, Host description)
    {
        this.fleet = fleet;
        Description = description;
    }

    /// <summary>The host as the fleet describes it; its <see cref="Host.Simulation"/> says how long things take and what fails.</summary>
    public Host Description { get; internal set; }

    /// <summary>How long a step takes besides what <see cref="Host.Simulation"/> says: the way to the host and back.</summary>
    public Func<HostStep, TimeSpan> Latency { get; set; } = static _ => TimeSpan.Zero;

    /// <summary>Answers programs that are run on the host; <see langword="null"/> leaves the answer to the host.</summary>
    public Func<ImmutableArray<string>, CommandResult?> Programs { get; set; } = static _ => null;

    /// <summary>What the host says of itself, such as a full disk, a clock that is off, or a service that is down; by default as it is.</summary>
    public Func<HostState, HostState> Seen { get; set; } = static state => state;

    /// <summary>A unit's state, such as one that dies or is restarted; by default as it is.</summary>
    public Func<UnitState, UnitState> Unit { get; set; } = static unit => unit;

    /// <summary>What answers at a TCP port; <see langword="null"/>: a server that answers HTTP with 200, unless a unit is failed.</summary>
    public Func<string, int, Stream>? Port { get; set; }

    /// <summary>What <c>/run/current-system</c> points at.</summary>
    public StorePath CurrentSystem => Now.Current;

    /// <summary>What the next boot starts.</summary>
    public StorePath BootDefault => Now.BootDefault;

    /// <summary>The number of the profile's current generation.</summary>
    public int Generation => Now.Generation;

    /// <summary>The profile's generations, by number.</summary>
    public ImmutableArray<Generation> Generations => Now.Generations;

    /// <summary>The units that are failed.</summary>
    public ImmutableArray<string> FailedUnits => Now.Failed;

    /// <summary>Every system that transactions activated, in order.</summary>
    public ImmutableArray<StorePath> Activated => Now.Activated;

    /// <summary>Who holds the lock, or <see langword="null"/>.</summary>
    public HostLock? Lock => Now.Lock;

    /// <summary>What the last transaction left, or <see langword="null"/>.</summary>
    public TransactionState? Transaction => Now is { Transaction: { } transaction } memory ? State(memory, transaction) : null;

    /// <summary>Makes a step go wrong.</summary>
    /// <param name="step">Which step.</param>
    /// <param name="fault">How.</param>
    /// <param name="occurrence">At which request for the step, counted from now, from 1.</param>
    /// <param name="times">How many times in a row from then on; -1 for ever.</param>
    public SimulatedHost FailAt(HostStep step, SimulatedFault fault, int occurrence = 1, int times = 1)
    {
        lock (gate)
        {
            var from = asked.GetValueOrDefault(step) + occurrence;
            faults.Add((step, fault, from, times < 0 ? int.MaxValue : from + times));
            return this;
        }
    }

    /// <summary>Cuts the host's power and boots it again.</summary>
    public void PowerCycle() => Change((memory, _) => HostProtocol.PowerCycle(memory, fleet.SystemOf(memory.BootDefault).FailAfterBoot));

    /// <summary>Whether only a boot completes a system here.</summary>
    internal bool NeedsBootFor(StorePath system) => fleet.SystemOf(system).Kernel != fleet.SystemOf(Now.Booted).Kernel;

    /// <summary>A transaction's record.</summary>
    internal TransactionState State(HostMemory memory, TransactionMemory transaction) =>
        Answers.State(memory, transaction) with { RebootNeeded = NeedsBootFor(transaction.Target) };

    /// <summary>The host at this moment.</summary>
    internal HostMemory Now => Change(static (memory, _) => memory);

    /// <summary>What is to go wrong with a step that is asked for now.</summary>
    internal SimulatedFault? Ask(HostStep step)
    {
        lock (gate)
        {
            var count = asked[step] = asked.GetValueOrDefault(step) + 1;
            return faults.Where(f => f.Step == step && count >= f.From && count < f.Until).Select(f => (SimulatedFault?)f.Fault).FirstOrDefault();
        }
    }

    /// <summary>Changes the host, after its guard's actions until now.</summary>
    internal HostMemory Change(Func<HostMemory, DateTimeOffset, HostMemory> change)
    {
        lock (gate)
        {
            var now = fleet.Time.GetUtcNow();
            var before = fleet.Folder?.Load(Description.Name) ?? remembered ?? Fresh();
            var after = HostProtocol.Settle(change(HostProtocol.Settle(before, now), now), now);
            if (!ReferenceEquals(before, after))
            {
                fleet.Folder?.Save(Description.Name, after);
            }

            return remembered = after;
        }
    }

    /// <summary>How an activation of this system goes on this host.</summary>
    internal Activation ActivationOf(StorePath target)
    {
        var system = fleet.SystemOf(target);
        var failToStart = Description.Simulation?.Fail == SimulatedFailure.Activate ? system.FailToStart.Add(Answers.FirstUnit(Description)) : system.FailToStart;
        var failLater = Description.Simulation?.Fail == SimulatedFailure.Health ? system.FailLater.Add(Answers.FirstUnit(Description)) : system.FailLater;
        var activation = system.NeedsReboot ? new Activation(ActivationOutcome.NeedsReboot, 100, [], [], "the system needs a reboot to switch\n")
            : failToStart.IsEmpty ? new Activation(ActivationOutcome.Activated, 0, [], failLater, "activating the configuration...\n")
            : new Activation(ActivationOutcome.ActivatedWithFailures, 4, failToStart, failLater, $"warning: the following units failed: {string.Join(", ", failToStart)}\n");
        return activation with { CannotBeLeft = system.CannotBeLeft };
    }

    private HostMemory Fresh()
    {
        var simulation = Description.Simulation;
        return HostMemory.Of(simulation?.Running ?? SimulatedSystem.Path(Description.Name.Value + "-earlier"), simulation?.Generation ?? 1);
    }
}
