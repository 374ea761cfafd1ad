using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using NixDeploy.Events;
using NixDeploy.Fleets;
using NixDeploy.Health;
using NixDeploy.HostProtocol;
using NixDeploy.Hosts;
using NixDeploy.Nix;
using NixDeploy.Planning;
using NixDeploy.Planning.Strategies;
using NixDeploy.Survey;
using NixDeploy.Testing;
using NixDeploy.Tests.Journal;
using NixDeploy.Topology;

namespace NixDeploy.Tests.Execution;

/// <summary>Whatever any call of a session or a store throws for one host of three, also by a bug of ours: the two others do not notice.</summary>
internal sealed class OneHostsTroubleTests
{
    private static readonly HostName Broken = HostName.Parse("b");

    private static IEnumerable<string> Calls =>
        Methods<ITransport>().Concat(Methods<IHostSession>()).Append(nameof(IAsyncDisposable.DisposeAsync)).Concat(Methods<ILocalStore>()).Distinct();

    private static IEnumerable<Exception> Errors =>
    [
        new HostException("ND0530", "The connection broke."),
        new NixException("ND0304", "Nix failed."),
        new InvalidOperationException("a bug"),
        new OverflowException("a number"),
        new OperationCanceledException(),
        new TimeoutException("nobody answers"),
    ];

    [Test]
    public void A_deployment_goes_on_with_the_others([ValueSource(nameof(Calls))] string call, [ValueSource(nameof(Errors))] Exception error)
    {
        var time = new VirtualTime();
        var simulated = new SimulatedFleet(time).Add("a").Add("b").Add("c");
        var transport = new BrokenTransport(simulated, call, error);
        var fleet = Loaded(simulated);
        var found = time.Run(async () =>
        {
            await using var sessions = new HostSessions(_ => transport);
            return await new FleetSurvey(sessions, transport.Store, time, null).LookAsync(fleet, fleet.Fleet.Settings, new DeploymentRequest(), CancellationToken.None);
        });
        var input = found.ToInput(fleet, fleet.Fleet.Settings, DependencyGraph.Of(fleet.Fleet), new DeploymentRequest(), DurationHistory.Empty, []);
        Assert.That(input.Changed.Select(c => c.Host.Name.Value), Is.SupersetOf(new[] { "a", "c" }));

        var state = PlanExecution.Run(Planner.Plan(input, new SmartStrategy()), simulated, new MemoryStore(), time, transport: transport);

        Assert.That(state.Hosts.Where(h => h.Key != Broken).Select(h => h.Value.Status), Is.All.EqualTo(HostStatus.Deployed));
        Assert.That(new[] { "a", "c" }.Select(h => simulated[h].CurrentSystem), Is.EqualTo(new[] { "a", "c" }.Select(h => fleet.Systems[HostName.Parse(h)].Toplevel)));
        Assert.That(state.Hosts[Broken].Ended, Is.True);
    }

    [Test]
    public void Whoever_only_asks_hears_of_the_others([ValueSource(nameof(Calls))] string call, [ValueSource(nameof(Errors))] Exception error)
    {
        var time = new VirtualTime();
        var simulated = new SimulatedFleet(time).Add("a").Add("b").Add("c");
        var transport = new BrokenTransport(simulated, call, error);
        var fleet = Loaded(simulated);
        time.Run(async () =>
        {
            await using var sessions = new HostSessions(_ => transport);
            var inspections = await FleetInspector.InspectAsync(sessions, fleet, fleet.Selected, time, CancellationToken.None);
            var ready = await FleetInspector.VerifyRollbackAsync(sessions, fleet, CancellationToken.None);
            var healths = await new FleetHealthCheck(sessions, time).LookAsync(fleet, CancellationToken.None);
            var validation = await new FleetValidator(sessions, transport.Store, time).ValidateAsync(fleet, askHosts: true);
            Assert.That(inspections.Where(i => i.State is null).Select(i => i.Host.Name), Is.SubsetOf(new[] { Broken }));
            Assert.That(ready.Where(r => r.Readiness is null).Select(r => r.Host), Is.SubsetOf(new[] { Broken }));
            Assert.That(healths.Where(h => h.Checks.Any(c => c.Outcome != CheckOutcome.Passed)).Select(h => h.Host), Is.SubsetOf(new[] { Broken }));
            Assert.That(validation.Problems.Keys, Is.SubsetOf(new[] { Broken }));
            return true;
        });
    }

    /// <summary>A host that neither evaluates nor answers is told once, as what does not evaluate.</summary>
    [Test]
    public void What_does_not_evaluate_is_not_unreachable_besides([Values(UnreachablePolicy.Skip, UnreachablePolicy.Defer, UnreachablePolicy.Fail)] UnreachablePolicy policy, [Values] OnBuildFailure onBuildFailure)
    {
        var time = new VirtualTime();
        var simulated = new SimulatedFleet(time).Add("a").Add("b").Add("c");
        var transport = new BrokenTransport(simulated, nameof(ITransport.ConnectAsync), new HostException("ND0512", "Nothing answers."));
        var loaded = Loaded(simulated);
        var fleet = loaded with { Systems = loaded.Systems.Remove(Broken), Failures = loaded.Failures.Add(Broken, new Problem("ND0302", "b does not evaluate.")) };
        var settings = fleet.Fleet.Settings with { OnBuildFailure = onBuildFailure };
        var request = new DeploymentRequest { Unreachable = policy };
        var found = time.Run(async () =>
        {
            await using var sessions = new HostSessions(_ => transport);
            return await new FleetSurvey(sessions, transport.Store, time, null).LookAsync(fleet, settings, request, CancellationToken.None);
        });
        var plan = Planner.Plan(found.ToInput(fleet, settings, DependencyGraph.Of(fleet.Fleet), request, DurationHistory.Empty, []), new SmartStrategy());

        Assert.That(plan.Unreachable, Is.Empty);
        Assert.That(plan.Blocked.Single(b => b.Host == Broken).Problem.Code, Is.EqualTo("ND0302"));
        var state = PlanExecution.Run(plan, simulated, new MemoryStore(), time, transport: transport);
        Assert.That(state.Hosts.Where(h => h.Key != Broken).Select(h => h.Value.Status), Is.All.EqualTo(onBuildFailure == OnBuildFailure.Abort ? HostStatus.Blocked : HostStatus.Deployed));
        Assert.That(state.Outcome, Is.EqualTo(RunOutcome.Refused));
    }

    private static LoadedFleet Loaded(SimulatedFleet simulated)
    {
        var fleet = simulated.ToFleet();
        var settings = fleet.Settings with { OnBuildFailure = OnBuildFailure.Continue, HealthWindow = TimeSpan.FromSeconds(2) };
        return new LoadedFleet(
            fleet with { Settings = settings, Hosts = fleet.Hosts.ToImmutableSortedDictionary(h => h.Key, h => h.Value with { HealthChecks = [new HealthCheck.Service("web.service"), new HealthCheck.Command(["true"])] }) },
            [.. fleet.Hosts.Keys],
            simulated.Systems("new"),
            ImmutableDictionary<HostName, Problem>.Empty,
            []);
    }

    private static IEnumerable<string> Methods<T>() => typeof(T).GetMethods().Where(m => !m.IsSpecialName).Select(m => m.Name);

    /// <summary>The simulated hosts, where one call fails for one host.</summary>
    private sealed class BrokenTransport : ITransport
    {
        private readonly SimulatedFleet simulated;
        private readonly string call;
        private readonly Exception error;

        public BrokenTransport(SimulatedFleet simulated, string call, Exception error)
        {
            (this.simulated, this.call, this.error) = (simulated, call, error);
            var system = simulated.Systems("new")[Broken].Toplevel;
            Store = Breaking<ILocalStore>.Of(simulated.Transport.Store, call, error, arguments => arguments.Any(a => a is StorePath path && path == system
                || a is ImmutableDictionary<HostName, SystemBuild> systems && systems.ContainsKey(Broken)
                || a is ImmutableArray<StorePath> paths && paths.Contains(system)));
        }

        public string Name => simulated.Transport.Name;

        public ILocalStore Store { get; }

        public async Task<IHostSession> ConnectAsync(Host host, CancellationToken cancellationToken) => host.Name != Broken ? await simulated.Transport.ConnectAsync(host, cancellationToken)
            : call == nameof(ConnectAsync) ? throw error
            : Breaking<IHostSession>.Of(await simulated.Transport.ConnectAsync(host, cancellationToken), call, error, _ => true);
    }

    /// <summary>Does what another does, but throws at one call.</summary>
    [SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "DispatchProxy derives from it.")]
    private class Breaking<T> : DispatchProxy
        where T : class
    {
        private T inner = null!;
        private string call = "";
        private Exception error = null!;
        private Func<object?[], bool> breaks = null!;

        public static T Of(T inner, string call, Exception error, Func<object?[], bool> breaks)
        {
            var proxy = Create<T, Breaking<T>>();
            var breaking = (Breaking<T>)(object)proxy;
            (breaking.inner, breaking.call, breaking.error, breaking.breaks) = (inner, call, error, breaks);
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == call && breaks(args ?? []) ? throw error : targetMethod.Invoke(inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}
