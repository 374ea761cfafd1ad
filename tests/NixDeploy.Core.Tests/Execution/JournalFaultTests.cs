using System.Collections.Immutable;
using NixDeploy.Events;
using NixDeploy.Execution;
using NixDeploy.Execution.HostSteps;
using NixDeploy.Fleets;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Journal;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;
using NixDeploy.Testing;
using NixDeploy.Tests.Journal;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Execution;

/// <summary>Runs whose journal, or a part of whose work, fails in the middle.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class JournalFaultTests
{
    private readonly VirtualTime time = new();
    private readonly MemoryStore kept = new();
    private SimulatedFleet simulated = null!;

    [TestCase(nameof(BuildStarted))]
    [TestCase(nameof(CopyStarted))]
    [TestCase(nameof(ActivationStarted))]
    [TestCase(nameof(CommitStarted))]
    public void The_error_of_the_journal_reaches_the_caller_as_it_is(string at)
    {
        var error = Assert.Catch<NixDeployException>(() => Deploy(new FailingStore(kept, e => e.GetType().Name == at)))!;
        Assert.That(error.Code, Is.EqualTo("ND0714"));
    }

    [Test]
    public void Nothing_of_a_run_goes_on_behind_it_when_its_journal_fails()
    {
        Assert.Catch<StateException>(() => Deploy(new FailingStore(kept, e => e is CommitStarted)));
        var ended = time.GetUtcNow();
        Assert.That(simulated["host0"].Generation, Is.EqualTo(1), "what is not in the journal is not committed");
        time.Run(async () =>
        {
            await Task.Delay(TimeSpan.FromHours(1), time);
            return 0;
        });
        Assert.That(new[] { "host0", "host1", "host2" }.Select(h => simulated[h].CurrentSystem.Name), Has.None.Contains("new"), "the guards have rolled back");
        Assert.That(time.GetUtcNow(), Is.GreaterThan(ended));
    }

    [Test]
    public void A_store_that_cannot_build_blocks_its_hosts_and_ends_no_run()
    {
        var state = Deploy(kept, context => context with { Sessions = new HostSessions(_ => new NoStore(simulated.Transport)), Store = new BrokenStore() });
        Assert.That(state.Hosts.Values.Select(h => (h.Status, h.Problem?.Code)), Is.All.EqualTo((HostStatus.Blocked, "ND0304")));
    }

    private RunState Deploy(IDeploymentStore store, Func<RunContext, RunContext>? change = null)
    {
        simulated = new SimulatedFleet(time).Add("host0").Add("host1").Add("host2");
        var fleet = simulated.ToFleet();
        var systems = simulated.Systems("new");
        var changes = fleet.Hosts.Values.Select(h => new HostChange(h, new SystemRef(simulated[h.Name.Value].CurrentSystem, 1), systems[h.Name]));
        var plan = Planner.Plan(
            new PlanningInput(fleet.Settings, DependencyGraph.Of(fleet), [.. changes], [], ImmutableSortedDictionary<HostName, Problem>.Empty), new ParallelStrategy());
        return time.Run(async () =>
        {
            await using var sessions = new HostSessions(_ => simulated.Transport, time);
            await using var log = new RunLog(store, "run", time);
            await log.AppendAsync(new RunStarted("run", "test:1", "simulated", plan));
            var context = SimulatedContext.Of(sessions, simulated, log, time);
            await using var executor = new Executor(plan, change?.Invoke(context) ?? context, log);
            await executor.RunAsync(log.Recorded, CancellationToken.None);
            return log.State;
        });
    }

    private sealed class NoStore(ITransport inner) : ITransport
    {
        public string Name => inner.Name;

        public Task<NixDeploy.HostProtocol.IHostSession> ConnectAsync(Host host, CancellationToken cancellationToken) => inner.ConnectAsync(host, cancellationToken);
    }

    private sealed class BrokenStore : ILocalStore
    {
        public Task RealiseAsync(
            ImmutableDictionary<HostName, SystemBuild> systems, string? rootsFolder, Action<BuildResult> built, Action<HostName?, string> log, CancellationToken cancellationToken) =>
            throw new NixException("ND0304", "The store is broken.");

        public Task<ImmutableDictionary<HostName, Problem>> DryRealiseAsync(ImmutableDictionary<HostName, SystemBuild> systems, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ImmutableArray<StorePath>> ClosureAsync(StorePath system, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<NixDeploy.Changes.SystemContents?> ContentsAsync(StorePath system, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ExportAsync(ImmutableArray<StorePath> paths, Stream destination, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
